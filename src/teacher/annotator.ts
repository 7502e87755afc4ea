import { function as F, taskEither as TE } from 'fp-ts'
import type { Annotator, Teacher } from './types.ts'

/**
 * A teacher that writes chains of thought: it is shown the frames and the prompt, and its text is the chain. Left: the
 * teacher's faults. It takes records of every type; the prompt is made from the record by the stage that asks.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E, taskEither as TE } from 'fp-ts'
 * import { annotator, type Teacher } from 'kinograd/teacher'
 *
 * const usage = { inputTokens: 0, outputTokens: 0 }
 * const echo: Teacher = { name: 'echo', ask: ({ prompt }) => TE.right({ text: `<think>${prompt}</think>`, usage }) }
 * const record = { id: '1', problem: 'How many?', problemType: 'numerical', dataType: 'video', options: [] } as const
 * const frames = { data: new Uint8Array(12), count: 1, height: 2, width: 2, times: [0] }
 * const request = { record: { ...record, answer: '3', path: 'a.mp4', source: '' }, prompt: 'Look.', frames }
 * const chain = await annotator(echo).annotate(request, new AbortController().signal)()
 * assert.deepEqual(chain, E.right('<think>Look.</think>'))
 * ```
 */
export const annotator = (teacher: Teacher): Annotator => ({
  name: teacher.name,
  annotate: ({ prompt, frames }, signal) =>
    F.pipe(
      teacher.ask({ prompt, frames }, signal),
      TE.map(({ text }) => text),
    ),
})
