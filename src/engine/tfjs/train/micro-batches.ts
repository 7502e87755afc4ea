import type { Objective } from '../../../advantage/index.ts'
import type { TrainGroup } from '../../engine.ts'
import { completionTokens } from '../model/check-prompts.ts'
import type { Model } from '../model/forward.ts'
import { jointNorm, normsOf } from '../tensors/norm.ts'
import { mixSeed } from '../tensors/random.ts'
import { type Gradient, type GradientOptions, gradientOf, logprobsOf } from './gradient.ts'
import { gradientSum } from './gradient-sum.ts'

/** How much of a batch is on its way at once. */
export interface PartSizes {
  readonly groupsAtOnce: number
  /** Of each group. */
  readonly completionsAtOnce: number
}

const chunks = <A>(all: readonly A[], size: number): readonly (readonly A[])[] =>
  all.length <= size
    ? [all]
    : Array.from({ length: Math.ceil(all.length / size) }, (_, i) => all.slice(i * size, (i + 1) * size))

/** Groups in parts, sequences in their order; a group with more completions than may be at once is several, each with the prompt. */
const partsOf = (
  groups: readonly TrainGroup[],
  { groupsAtOnce, completionsAtOnce }: PartSizes,
): readonly (readonly TrainGroup[])[] => {
  const split = groups.map(({ prompt, completions }) =>
    chunks(completions, completionsAtOnce).map(some => ({ prompt, completions: some })),
  )
  return split.every(parts => parts.length === 1)
    ? chunks(groups, groupsAtOnce)
    : split.flatMap(parts => parts.map(part => [part]))
}

/** Rows of another part are others: what adapters do not see of them too, in both passes alike. */
const inPart = ({ dropout, ...model }: Model, part: number): Model =>
  dropout === undefined ? model : { ...model, dropout: { ...dropout, seed: mixSeed(dropout.seed, part) } }

/**
 * The gradient over groups, of which at most so many are on their way at once: memory is that of the largest part, however many groups
 * there are. The objective sees the log-probabilities of all, so that it may couple them; that takes one more pass forward than
 * `gradientOf`, which is used where all groups are one part. The numbers are the same.
 */
export const gradientInParts = (
  model: Model,
  names: readonly string[],
  groups: readonly TrainGroup[],
  objective: Objective,
  { groupsAtOnce, completionsAtOnce, ...options }: GradientOptions & PartSizes,
): Gradient => {
  const parts = partsOf(groups, { groupsAtOnce, completionsAtOnce })
  if (parts.length <= 1) return gradientOf(model, names, groups, objective, options)
  const sequencesOf = (part: readonly TrainGroup[]) => part.flatMap(({ completions }) => completions)
  const logprobs = parts.flatMap((part, i) =>
    completionTokens(part) === 0
      ? sequencesOf(part).map(() => new Float64Array())
      : logprobsOf(inPart(model, i), part, options.layout),
  )
  const { loss, metrics, gradient } = objective(logprobs)
  let at = 0
  const sum = gradientSum()
  let entropy = 0
  for (const [i, part] of parts.entries()) {
    const slopes = gradient.slice(at, at + sequencesOf(part).length)
    at += slopes.length
    if (completionTokens(part) === 0) continue
    const { pieces, metrics: own } = gradientOf(
      inPart(model, i),
      names,
      part,
      () => ({ loss, gradient: slopes, metrics: {} }),
      options,
    )
    entropy += ((own.entropy ?? 0) * completionTokens(part)) / completionTokens(groups)
    sum.add(pieces)
  }
  const pieces = sum.value()!
  return {
    loss,
    metrics: options.entropy === true ? { ...metrics, entropy } : metrics,
    pieces,
    norm: Number.isFinite(loss) ? jointNorm(normsOf(pieces)) : Number.NaN,
  }
}
