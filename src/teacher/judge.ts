import { either as E, function as F, taskEither as TE } from 'fp-ts'
import type { VideoRecord } from '../dataset/index.ts'
import { defect, fault, timeout } from '../flow/index.ts'
import { neutralText, parseJudgement, questionText, sufficiencyPrompt } from '../process/index.ts'
import { answered } from './answered.ts'
import { teacherFault } from './fault.ts'
import type { Judge, Judged, Teacher, TeacherFault } from './types.ts'

/** What a judge is asked about. `R` is the record's type: fields of your own are there. */
export interface JudgeRequest<R extends VideoRecord> {
  readonly record: R
  readonly observation: string
  /** Which of several votes this is (`vote`), from 0. */
  readonly voter?: number
}

/** How a judge is asked, and its answer read. */
export interface JudgeOptions<R extends VideoRecord = VideoRecord> {
  /**
   * The question to the judge; `sufficiencyPrompt` of the record's question, options and answer by default. In a prompt
   * of your own let the observation pass through `neutralText` of the process room: it is what a policy wrote.
   */
  readonly prompt?: (request: JudgeRequest<R>) => string
  /** Reads its answer; `parseJudgement` by default. A Left with a `cause` is asked about again, the cause told. */
  readonly parse?: (text: string) => E.Either<unknown, boolean>
  /** How often it is asked before its answer counts as unreadable; 3 by default. */
  readonly attempts?: number
  /** Keeps what the judge says before its verdict, at most 600 characters of it, for logs and pages; false by default. */
  readonly reasons?: boolean
  /** Milliseconds for one judgement with all its attempts; 120,000 by default, `Infinity` for no limit. */
  readonly timeoutMs?: number
}

const sufficiencyQuestion = ({ record, observation }: JudgeRequest<VideoRecord>): string =>
  sufficiencyPrompt({
    dataType: record.dataType === 'image' ? 'image' : 'video',
    question: questionText(record.problem, record.options),
    answer: record.answer,
    observation,
  })

const causeOf = (wrong: unknown): string =>
  typeof wrong === 'object' && wrong !== null && 'cause' in wrong && typeof wrong.cause === 'string'
    ? neutralText(wrong.cause, { characters: 300 })
    : 'it is not in the form that was asked for'

/** The question once more, with what was wrong: a judge that always answers a question alike is asked another one. */
const askedAgain = (question: string, attempt: number, wrong: unknown): string =>
  `${question}\n\n### Correction ${attempt}\nYour last answer could not be read: ${causeOf(wrong)}. Answer again, briefly, in exactly the form that the instruction asks for.`

/** What stands before the last tag of a verdict; nothing where there is only the verdict. */
const reasonOf = (answer: string): Partial<Judged> => {
  const end = answer.toLowerCase().lastIndexOf('<judg')
  const reason = (end < 0 ? answer : answer.slice(0, end)).trim().slice(0, 600)
  return reason === '' ? {} : { reason }
}

/** The longest time that a timer of JavaScript can wait. */
const longestWait = 2 ** 31 - 1

/**
 * A teacher that judges whether an observation suffices. An answer that cannot be read is asked for again, up to
 * `attempts` times, and the question then says what was wrong with the last answer; after that it is the fault
 * `Unreadable`, never a No. Faults of the teacher end it at once, since its client has retried; `judgementScore` says
 * what they cost. After `timeoutMs` the request is aborted and the fault is `TimedOut`. Throws a `Defect` for attempts
 * that are no positive integer and for a time that is not above 0.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E, taskEither as TE } from 'fp-ts'
 * import { judge, type Teacher } from 'kinograd/teacher'
 *
 * const usage = { inputTokens: 0, outputTokens: 0 }
 * const talks: Teacher = {
 *   name: 'talks first',
 *   ask: ({ prompt }) =>
 *     TE.right({ text: prompt.includes('### Correction') ? '<judgement>No</judgement>' : 'I think not.', usage }),
 * }
 * const record = { id: '1', problem: 'How many?', problemType: 'numerical', dataType: 'video', options: [] } as const
 * const request = { record: { ...record, answer: '3', path: 'a.mp4', source: '' }, observation: 'Some balls.' }
 * const verdict = await judge(talks).judge(request, new AbortController().signal)()
 * assert.deepEqual(verdict, E.right({ sufficient: false }))
 * ```
 */
export const judge = <R extends VideoRecord = VideoRecord>(
  teacher: Teacher,
  options: JudgeOptions<R> = {},
): Judge<R> => {
  const { prompt = sufficiencyQuestion, parse = parseJudgement, attempts = 3 } = options
  const { timeoutMs = 120_000, reasons = false } = options
  if (!(Number.isInteger(attempts) && attempts > 0))
    throw defect(fault('BadAttempts', `a judge with ${attempts} attempts`, 'Give an integer of at least 1'))
  const unreadable = teacherFault(
    'Unreadable',
    `${teacher.name}: no judgement in ${attempts} answers`,
    'The rollout stays unscored.',
  )
  const ask = (
    question: string,
    asked: string,
    [attempt, before]: readonly [attempt: number, before: number],
    signal: AbortSignal,
  ): TE.TaskEither<TeacherFault, Judged> =>
    F.pipe(
      teacher.ask({ prompt: asked, attempt: before + attempt }, signal),
      TE.flatMap(answer => {
        const read = parse(answer.text)
        if (E.isRight(read)) return TE.right({ sufficient: read.right, ...(reasons ? reasonOf(answer.text) : {}) })
        const next = attempt + 1
        return next < attempts
          ? ask(question, askedAgain(question, next, read.left), [next, before], signal)
          : TE.left(unreadable)
      }),
    )
  const judgement = answered<JudgeRequest<R>, Judged>(
    teacher.name,
    (request, signal) => {
      const question = prompt(request)
      // Each vote has attempts of its own, which a cache keeps apart.
      return ask(question, question, [0, attempts * (request.voter ?? 0)], signal)
    },
    timeoutMs > longestWait ? [] : [timeout(timeoutMs)],
  )
  return { name: teacher.name, judge: judgement }
}
