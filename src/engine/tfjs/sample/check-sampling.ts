import { either as E } from 'fp-ts'
import { fault } from '../../../flow/index.ts'
import type { Completion, EngineFault, Sampling } from '../../engine.ts'
import type { Qwen25VLConfig } from '../model/config.ts'

/** What each number of a sampling must be. */
const rules: readonly (readonly [keyof Sampling, (x: number) => boolean, string])[] = [
  ['count', x => Number.isSafeInteger(x) && x >= 0, 'a whole number from 0'],
  ['maxTokens', x => Number.isSafeInteger(x) && x >= 0, 'a whole number from 0'],
  ['temperature', x => x >= 0 && Number.isFinite(x), 'a finite number from 0'],
  ['topK', x => Number.isSafeInteger(x) && x >= 0, 'a whole number from 0'],
  ['topP', x => x > 0 && x <= 1, 'above 0 and at most 1'],
  ['minP', x => x >= 0 && x <= 1, 'between 0 and 1'],
  ['repetitionPenalty', x => x > 0 && Number.isFinite(x), 'a finite number above 0'],
]

const bad = (cause: string): E.Either<EngineFault, never> =>
  E.left(fault('BadSampling', cause, 'Correct the sampling options.'))

/** Whether completions can be sampled this way. */
export const checkSampling = (sampling: Sampling, { text }: Qwen25VLConfig): E.Either<EngineFault, void> => {
  for (const [name, holds, what] of rules) {
    const value = sampling[name]
    if (value !== undefined && !holds(value as number)) return bad(`${name} is ${value}, it must be ${what}`)
  }
  const stranger = sampling.stop.find(id => !Number.isInteger(id) || id < 0 || id >= text.vocabSize)
  return stranger === undefined
    ? E.right(undefined)
    : bad(`stop holds token ${stranger}, the vocabulary has ${text.vocabSize}`)
}

/** What was sampled, if the model gave numbers all the way. */
export const checkSampled = (
  groups: readonly (readonly Completion[])[],
): E.Either<EngineFault, readonly (readonly Completion[])[]> => {
  for (const [n, group] of groups.entries())
    for (const [g, { ids, logprobs, samplingLogprobs }] of group.entries()) {
      const at = ids.findIndex((_, t) => !Number.isFinite(logprobs[t]) || !Number.isFinite(samplingLogprobs[t]))
      if (at >= 0)
        return notFinite(
          `token ${at} of completion ${g} of prompt ${n} has log-probability ${logprobs[at]} (${samplingLogprobs[at]} as sampled)`,
        )
    }
  return E.right(groups)
}

/** Log-probabilities of sequences, if all are numbers. */
export const checkLogprobs = (sequences: readonly Float64Array[]): E.Either<EngineFault, readonly Float64Array[]> => {
  for (const [s, logprobs] of sequences.entries()) {
    const at = logprobs.findIndex(x => !Number.isFinite(x))
    if (at >= 0) return notFinite(`token ${at} of sequence ${s} has log-probability ${logprobs[at]}`)
  }
  return E.right(sequences)
}

const notFinite = (cause: string): E.Either<EngineFault, never> =>
  E.left(fault('NotFinite', cause, "Look at the prompt's pixels and at the size of the weights."))
