import { either as E } from 'fp-ts'
import type { Errors } from 'io-ts'
import { cotRecord, videoRecord } from '../codec.ts'
import { isRow, type Row } from '../extra.ts'
import { badRecord } from '../fault.ts'
import { isCot } from '../is-cot.ts'
import type { AnyRecord, Format } from './format.ts'

/** Whether a row says that it holds a chain of thought: VideoP2R's, which tells perception and reasoning apart. */
const hasChain = (row: Row): boolean => 'observation' in row && 'output' in row

const read: Format['read'] = (value, { where }) => {
  const codec = isRow(value) && hasChain(value) ? cotRecord : videoRecord
  return [E.mapLeft((errors: Errors) => badRecord(where, value, errors))(codec.decode(value))]
}

const write = (record: AnyRecord): object => (isCot(record) ? cotRecord.encode(record) : videoRecord.encode(record))

/**
 * Video-R1 (https://huggingface.co/datasets/Video-R1/Video-R1-data, arXiv 2503.21776) and all who took its form: VideoP2R, VideoRFT,
 * the evaluation files of Video-R1. It is the form that is written when no other is asked for.
 */
export const videoR1: Format = {
  name: 'video-r1',
  about:
    'Video-R1, VideoP2R, VideoRFT and the evaluation files of Video-R1: problem_id, problem, options, solution, path.',
  fits: row => 'problem_id' in row && 'problem' in row && 'problem_type' in row && 'solution' in row,
  read,
  write,
}
