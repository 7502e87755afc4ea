import { either as E } from 'fp-ts'
import type { VideoRecord } from '../../dataset/index.ts'
import { type Fault, fault } from '../../flow/index.ts'
import { answerText, taggedAnswer } from '../../reward/index.ts'
import type { Score } from '../score.ts'
import { type Benchmark, fieldOf, inFolder } from './benchmark.ts'

const lies = inFolder('TempCompass')

/**
 * TempCompass (arXiv 2403.00476): four tasks by five aspects. Answers come as "A. dunking", as "A" and as "dunking", and its own scripts
 * take all three, so that they are read in prose. Yes and no count by the first word; captions need a reader.
 */
export const tempCompass: Benchmark = {
  name: 'tempcompass',
  title: 'TempCompass',
  quirk:
    'Four tasks: "A", "A. dunking" and "dunking" are one answer; yes and no count by the first word; captions are scored by a reader (--judge), and failed without one.',
  holds: record => lies(record) || record.source === 'TempCompass',
  reading: 'prose',
  labels: record => {
    const task = fieldOf(record, 'task')
    return {
      ...(task === undefined ? {} : { task }),
      ...(record.kind === undefined ? {} : { aspect: record.kind }),
    }
  },
}

/** Which of TempCompass's open tasks a record is of, if one. */
export const openTask = (record: VideoRecord): 'yes_no' | 'captioning' | undefined => {
  const task = tempCompass.holds(record) && record.problemType === 'free-form' ? fieldOf(record, 'task') : undefined
  return task === 'yes_no' || task === 'captioning' ? task : undefined
}

/** Scores a yes or no by the first word of the answer. */
export const scoreYesNo = ({ answer }: VideoRecord, output: string): E.Either<Fault, Score> => {
  const said = answerText(output)
  const first = /^[^\p{L}]*(yes|no)(?!\p{L})/iu.exec(said)?.[1]?.toLowerCase()
  const reward = first !== undefined && first === answer.trim().toLowerCase() ? 1 : 0
  const read = first === undefined ? 'none' : taggedAnswer(output) === '' ? 'prose' : 'tags'
  return E.right({ prediction: first ?? said, read, reward, correct: reward === 1 })
}

/** What a caption is scored by: a question of multiple choice that somebody answers who knows the caption alone. */
export const captionQuestion = (record: VideoRecord): E.Either<Fault, VideoRecord> => {
  const { problem, answer } = record
  const asked = fieldOf(record, 'mc_question')
  const lines = (asked ?? problem).split('\n')
  const options = lines.flatMap(line => {
    const [, letter, text] = /^(?:Information )?([A-Z])[.:] (.*)$/.exec(line.trim()) ?? []
    return letter === undefined || text === undefined ? [] : [`${letter}. ${text}`]
  })
  const letter = /^\s*(?:Information )?([A-Z])[.:]/.exec(fieldOf(record, 'mc_answer') ?? answer)?.[1]
  if (options.length < 2 || letter === undefined)
    return E.left(
      fault(
        'BadTruth',
        `record ${record.id}: a caption without the question that it is scored by`,
        'Keep mc_question and mc_answer of captioning.json, or leave the task out.',
      ),
    )
  return E.right({
    ...record,
    problem: asked === undefined ? 'Which of these does the caption say?' : (lines[0] ?? ''),
    ...{ problemType: 'multiple choice', options, answer: letter },
  })
}
