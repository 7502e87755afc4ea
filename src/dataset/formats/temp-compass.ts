import { basename } from 'node:path'
import { either as E } from 'fp-ts'
import { brief } from '../../untrusted/index.ts'
import { isRow, type Row } from '../extra.ts'
import { wrongRecord } from '../fault.ts'
import { letterAt } from '../options.ts'
import type { Format, Origin } from './format.ts'
import { type Reading, recordOf, textOf } from './rows.ts'

/** The two captions of a question of caption matching: "Option 1: …", "Sentence A: …", "Caption B: …". */
const caption = /^(?:option|sentence|caption) [12AB]: (.*)$/i

/** Captions as options, and the answer without its label. */
const matching = (question: string, answer: string | undefined): Row | undefined => {
  const lines = question.split('\n')
  const said = lines.flatMap(line => caption.exec(line.trim())?.[1] ?? [])
  if (said.length !== 2 || lines.length !== 3) return undefined
  return {
    problem: lines[0],
    options: said.map((text, place) => `${letterAt(place)}. ${text}`),
    solution: answer === undefined ? undefined : (caption.exec(answer.trim())?.[1] ?? answer),
  }
}

/** Which of the four tasks a question is of: its own words tell. */
const taskOf = (question: string, answer: string | undefined): string => {
  if (/\nInformation A: /.test(question)) return 'captioning'
  if (/^(yes|no)$/i.test(answer ?? '')) return 'yes_no'
  return matching(question, answer) === undefined ? 'multi-choice' : 'caption_matching'
}

/** A question as it is read; `aspect` is action, direction, speed, event or attribute change. */
const reading = (row: Row, video: string | undefined, aspect: unknown, place: string): Reading => {
  const question = textOf(row.question) ?? ''
  const answer = textOf(row.answer)
  const task = taskOf(question, answer)
  const isOpen = task === 'captioning' || task === 'yes_no'
  return {
    fields: {
      problem_id: `${task}:${place}`,
      problem: row.question,
      problem_type: isOpen ? 'free-form' : 'multiple choice',
      data_type: 'video',
      options: [],
      solution: row.answer,
      path: video === undefined ? undefined : `${video}.mp4`,
      data_source: 'TempCompass',
      original_question_type: aspect,
      ...(task === 'caption_matching' ? matching(question, answer) : {}),
    },
    used: ['question', 'answer', 'video_id', 'dim'],
    kept: { task },
  }
}

/** The questions of one member: a video, its aspects, their questions. */
const questionsOf = (video: string, aspects: unknown, origin: Origin) => {
  const wrong = (what: unknown) => [
    E.left(wrongRecord(origin.where, `${video}: expected lists of questions by aspect, found ${brief(what)}`)),
  ]
  if (!isRow(aspects)) return wrong(aspects)
  return Object.entries(aspects).flatMap(([aspect, list]) => {
    if (!Array.isArray(list)) return wrong(list)
    return list.map((row: unknown, place) =>
      isRow(row)
        ? recordOf(
            row,
            { ...origin, where: `${origin.where}, ${video}, ${aspect} ${place}` },
            reading(row, video, aspect, `${video}:${aspect}:${place}`),
          )
        : E.left(
            wrongRecord(`${origin.where}, ${video}, ${aspect} ${place}`, `expected an object, found ${brief(row)}`),
          ),
    )
  })
}

/** Whether a value is what TempCompass's own files hold: an object from videos to aspects to lists of questions. */
const isNested = (row: Row): boolean => {
  const [aspects] = Object.values(row)
  const [list] = isRow(aspects) ? Object.values(aspects) : []
  const question: unknown = Array.isArray(list) ? list[0] : undefined
  return isRow(question) && 'question' in question && 'answer' in question
}

/**
 * TempCompass (arXiv 2403.00476; `questions/*.json` of llyx97/TempCompass): an object from videos to temporal aspects to questions. Its
 * four tasks are told by their words: multi-choice ("A. dunking" among lines of the question), caption_matching (two captions, made
 * options A and B), yes_no and captioning (free-form: the question and the answer as they stand). `extra.task` names the task. Rows with
 * `video_id` and `dim`, as in the Parquet files of lmms-lab/TempCompass, are read too. Clips are `<video>.mp4`.
 */
export const tempCompass: Format = {
  name: 'tempcompass',
  about:
    'TempCompass: an object from videos to aspects to questions, in four tasks; or rows with video_id, question, answer, dim.',
  fits: row => ('video_id' in row && 'dim' in row && 'question' in row && 'answer' in row) || isNested(row),
  read: (value, origin) => {
    if (!isRow(value)) return [E.left(wrongRecord(origin.where, `expected an object, found ${brief(value)}`))]
    if (!('video_id' in value))
      return Object.entries(value).flatMap(([video, aspects]) => questionsOf(video, aspects, origin))
    const video = textOf(value.video_id)
    return [
      recordOf(value, origin, reading(value, video, value.dim, `${video}:${basename(origin.path)}:${origin.index}`)),
    ]
  },
}
