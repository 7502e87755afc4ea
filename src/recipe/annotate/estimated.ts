import { either as E, function as F, taskEither as TE } from 'fp-ts'
import type { Records, VideoRecord } from '../../dataset/index.ts'
import { drawn, type PickOptions, pickRecords } from '../../evaluation/index.ts'
import { type Fault, fault, items, iterate } from '../../flow/index.ts'
import { questionText, sufficiencyPrompt } from '../../process/index.ts'
import { type LookOptions, look } from '../../stages/index.ts'
import { type Estimate, estimate, type PriceList, type Question } from '../../teacher/index.ts'
import { annotationPrompt } from './chains.ts'

/** What an annotation would ask, of whom. */
export interface EstimatedOptions extends LookOptions, PickOptions {
  readonly records: Records<VideoRecord>
  readonly prompt?: (record: VideoRecord) => string
  /** Names as price lists have them; undefined for scripts, which cost nothing. */
  readonly teacher: string | undefined
  readonly judge: string | undefined
  readonly votes: number
  readonly batch: boolean
  readonly prices: PriceList
  readonly maxTokens?: number | undefined
}

/** What an annotation would take, and what is wrong with its records already. */
export interface Estimated {
  readonly total: number
  readonly unreadable: number
  /** One for the annotator and one for the judge, where they are asked at all. */
  readonly estimates: readonly Estimate[]
  /** Records of the sample whose media cannot be read. */
  readonly failed: readonly Fault[]
}

/** So many questions are made as they would be asked; their frames are held together. */
const sampled = 12

/** As long as observations of VideoP2R's released chains are: about 120 words. */
const observation = 'What is seen of it, in some words. '.repeat(20)

const judgeQuestion = (record: VideoRecord): Question => ({
  prompt: sufficiencyPrompt({
    dataType: record.dataType === 'image' ? 'image' : 'video',
    question: questionText(record.problem, record.options),
    answer: record.answer,
    observation,
  }),
})

const questions = async (options: EstimatedOptions, records: readonly VideoRecord[]) => {
  const asked: Question[] = []
  const failed: Fault[] = []
  const prompt = options.prompt ?? annotationPrompt
  for await (const item of iterate(items(records.map(record => ({ record }))).pipe(look(options))))
    if (E.isLeft(item)) failed.push(item.left.fault)
    else asked.push({ prompt: prompt(item.right.record), frames: item.right.frames })
  return { asked, failed }
}

/**
 * What an annotation will take, before anything is sent and without a key: the questions of twelve records are made as they would be
 * asked, with their frames, and stand for all. Every record is counted as judged, which is the most. Left: faults of the file;
 * the medium's, where none of the twelve can be read.
 */
export const estimateAnnotation =
  (options: EstimatedOptions): TE.TaskEither<Fault, Estimated> =>
  async () => {
    const picking = await pickRecords(options.records, options)
    if (E.isLeft(picking)) return picking
    const { total, unreadable, records } = picking.right
    const places = drawn(total, Math.min(sampled, total), options.seed ?? 1)
    const some: VideoRecord[] = []
    let nth = 0
    for await (const { read } of records) if (places.has(nth++) && E.isRight(read)) some.push(read.right)
    const { asked, failed } = await questions(options, some)
    if (asked.length === 0)
      return E.left(failed[0] ?? fault('NoRecords', 'none of the records looked at can be read', 'Check the file.'))
    const { batch, prices, teacher, judge, votes, maxTokens } = options
    const how = { batch, prices }
    const most = maxTokens === undefined ? {} : { maxTokens }
    const planned = [
      ...(teacher === undefined ? [] : [{ name: 'annotate', teacher, requests: total, sample: asked, ...most }]),
      ...(judge === undefined
        ? []
        : [
            {
              ...{ name: 'judge', teacher: judge, requests: total * votes, sample: some.map(judgeQuestion) },
              ...{ answerTokens: 120, ...most },
            },
          ]),
    ]
    return F.pipe(
      planned,
      TE.traverseSeqArray(one => estimate(one, how)),
      TE.mapLeft((wrong): Fault => wrong),
      TE.map(estimates => ({ total, unreadable, estimates, failed })),
    )()
  }
