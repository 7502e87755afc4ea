import { either as E, function as F, taskEither as TE } from 'fp-ts'
import type { VideoRecord } from '../../dataset/index.ts'
import { type Fault, fault } from '../../flow/index.ts'
import { extractionPrompt, parseExtraction, questionText } from '../../process/index.ts'
import type { Teacher } from '../../teacher/index.ts'
import { letterIn } from '../letters.ts'

/**
 * Reads a text and says which answer it comes to, null where it comes to none: what a thinking settles on, what follows from an
 * observation. Rules, a judge, or your own.
 */
export interface TextReader<in R extends VideoRecord = VideoRecord> {
  readonly name: string
  readonly read: (
    request: { readonly record: R; readonly text: string },
    signal: AbortSignal,
  ) => TE.TaskEither<Fault, string | null>
}

/** What a text answers without anybody being asked: the letter that it commits itself to where there are options, else its words. */
const ruled = ({ problemType, options }: VideoRecord, text: string): string | null => {
  if (problemType === 'multiple choice') return letterIn(text, options)
  const words = text.trim().replace(/\s+/g, ' ')
  return words === '' ? null : words
}

/**
 * The reader of the reward room: the option's letter that a text commits itself to. Asks nobody; for questions of multiple choice, which
 * are those that the paper measures (arXiv 2511.11113, Table 6).
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import { ruleReader } from 'kinograd/evaluation'
 *
 * const more = { id: '1', problem: 'Which?', problemType: 'multiple choice', dataType: 'video', path: 'a.mp4', source: '' } as const
 * const record = { ...more, options: ['A. red', 'B. blue'], answer: 'B' }
 * const read = await ruleReader.read({ record, text: 'Hmm, A? No, so the answer is B.' }, new AbortController().signal)()
 * assert.deepEqual(read, E.right('B'))
 * ```
 */
export const ruleReader: TextReader = { name: 'rules', read: ({ record, text }) => TE.right(ruled(record, text)) }

const unreadable = (name: string, attempts: number, why: string): Fault =>
  fault(
    'Unreadable',
    `${name}: no extraction in ${attempts} answers: ${why}`,
    'The answer stays uncounted; ask another judge.',
  )

/**
 * A judge that says which option a thinking settles on, as the paper does it (arXiv 2511.11113, Figure 14; `extractionPrompt`). An answer
 * that cannot be read is asked for again, up to `attempts` times (3), and is then `Unreadable`, never a "none". Left beside that: the
 * teacher's faults.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E, taskEither as TE } from 'fp-ts'
 * import { extractingReader } from 'kinograd/evaluation'
 * import type { Teacher } from 'kinograd/teacher'
 *
 * const usage = { inputTokens: 0, outputTokens: 0 }
 * const teacher: Teacher = { name: 'b', ask: () => TE.right({ text: '<extraction>B</extraction>', usage }) }
 * const more = { id: '1', problem: 'Which?', problemType: 'multiple choice', dataType: 'video', path: 'a.mp4', source: '' } as const
 * const record = { ...more, options: ['A. red', 'B. blue'], answer: 'B' }
 * const read = await extractingReader(teacher).read({ record, text: 'It is blue.' }, new AbortController().signal)()
 * assert.deepEqual(read, E.right('B'))
 * ```
 */
export const extractingReader = (
  teacher: Teacher,
  { attempts = 3 }: { readonly attempts?: number } = {},
): TextReader => {
  const ask = (prompt: string, attempt: number, signal: AbortSignal): TE.TaskEither<Fault, string | null> =>
    F.pipe(
      teacher.ask({ prompt, attempt }, signal),
      TE.mapLeft((wrong): Fault => wrong),
      TE.flatMap(({ text }) => {
        const read = parseExtraction(text)
        if (E.isRight(read)) return TE.right(read.right)
        return attempt + 1 < attempts
          ? ask(prompt, attempt + 1, signal)
          : TE.left(unreadable(teacher.name, attempts, read.left.cause))
      }),
    )
  return {
    name: teacher.name,
    read: ({ record, text }, signal) =>
      ask(extractionPrompt(questionText(record.problem, record.options), text), 0, signal),
  }
}
