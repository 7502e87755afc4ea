import { function as F, taskEither as TE } from 'fp-ts'
import type { VideoRecord } from '../../dataset/index.ts'
import type { EvaluatedPolicy } from '../policies/policy.ts'
import { examinationPrompt } from '../prompts.ts'
import { outputParts } from '../segments.ts'
import { saidIn } from './compared.ts'
import type { TextReader } from './text-reader.ts'

/**
 * A policy as the reader of observations: it answers the question from the text alone, and what it answers is what follows from it. For
 * `faithfulness` with a model. Left: what the policy gives.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E, taskEither as TE } from 'fp-ts'
 * import { answeringReader } from 'kinograd/evaluation'
 *
 * const reader = answeringReader({ name: 'b', answer: ({ observation }) => TE.right(`<answer>${observation?.slice(-1)}</answer>`) })
 * const more = { id: '1', problem: 'How many?', problemType: 'numerical', dataType: 'video', path: 'a.mp4', source: '' } as const
 * const read = await reader.read({ record: { ...more, options: [], answer: '3' }, text: 'Balls: 3' }, new AbortController().signal)()
 * assert.deepEqual(read, E.right('3'))
 * ```
 */
export const answeringReader = <R extends VideoRecord = VideoRecord>(
  policy: EvaluatedPolicy<R>,
  prompt: (record: R, observation: string) => string = examinationPrompt,
): TextReader<R> => ({
  name: policy.name,
  read: ({ record, text }, signal) =>
    F.pipe(
      policy.answer({ record, prompt: prompt(record, text), observation: text }, signal),
      TE.map(output => saidIn(record, outputParts(output).answer)),
    ),
})
