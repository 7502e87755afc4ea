import { readFile } from 'node:fs/promises'
import { either as E, function as F, taskEither as TE } from 'fp-ts'
import type { VideoRecord } from '../dataset/index.ts'
import { type Fault, fault, messageOf } from '../flow/index.ts'
import { neutralText, questionText } from '../process/index.ts'

const places = ['question', 'problem', 'options', 'type', 'medium'] as const

/** What chains are read by. */
const chainTags = ['<observation>', '<think>', '<answer>']

const filled = (text: string, record: VideoRecord): string => {
  const words: Readonly<Record<(typeof places)[number], string>> = {
    question: questionText(record.problem, record.options),
    problem: record.problem,
    options: record.options.join('\n'),
    type: record.problemType,
    medium: record.dataType,
  }
  return text.replace(/\{(question|problem|options|type|medium)\}/g, (_, place: (typeof places)[number]) =>
    neutralText(words[place]),
  )
}

/**
 * Reads a prompt of one's own: a text with `{question}` (the problem and its options) or `{problem}` in it, and `{options}`, `{type}`
 * and `{medium}` where they are wanted. What a record says is neutral where it is put in: no tag of it is one of the prompt. It has to
 * ask for `tags`: `<observation>`, `<think>` and `<answer>` when not given. Left: `Usage`.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { mkdtemp, writeFile } from 'node:fs/promises'
 * import { tmpdir } from 'node:os'
 * import { join } from 'node:path'
 * import { either as E } from 'fp-ts'
 * import { readPrompt } from 'kinograd/teacher'
 *
 * const path = join(await mkdtemp(join(tmpdir(), 'kinograd-')), 'prompt.txt')
 * await writeFile(path, 'Answer in <answer>: {problem}')
 * const prompt = await readPrompt(path, ['<answer>'])()
 * const more = { options: [], path: 'a.mp4', answer: '3', problemType: 'numerical', dataType: 'video', source: '' } as const
 * assert(E.isRight(prompt))
 * assert.equal(prompt.right({ id: 'a', problem: 'How many balls?', ...more }), 'Answer in <answer>: How many balls?')
 * ```
 */
export const readPrompt = (
  path: string,
  tags: readonly string[] = chainTags,
): TE.TaskEither<Fault, (record: VideoRecord) => string> =>
  F.pipe(
    TE.tryCatch(
      () => readFile(path, 'utf8'),
      error =>
        fault('Usage', `the prompt ${path} cannot be read: ${messageOf(error)}`, 'Name a text file with --prompt.'),
    ),
    TE.flatMapEither(text => {
      const missing = tags.filter(tag => !text.includes(tag))
      if (!/\{(question|problem)\}/.test(text))
        return E.left(
          fault('Usage', `the prompt ${path} has no place for the question`, 'Write {question} where it belongs.'),
        )
      return missing.length === 0
        ? E.right((record: VideoRecord) => filled(text, record))
        : E.left(
            fault(
              'Usage',
              `the prompt ${path} does not ask for ${missing.join(', ')}`,
              'Chains are read by these tags: show the annotator how to write them.',
            ),
          )
    }),
  )
