import { defect, fault } from '../flow/index.ts'
import type { Raw, Reward } from './raw.ts'
import { batchRewards } from './raw.ts'

/** Weight of a process's reward in a sum; 1 where none is given, and 0 takes the process out of the sum. */
export type ProcessWeights = Readonly<Record<string, number>>

/**
 * The weight of each process, in their order. A weight for a process that has no rewards, or one that is not finite, is
 * a mistake in the program and not in an item: it throws a `Defect`, which ends the stream.
 */
const weightsOf = (processes: readonly string[], weights: ProcessWeights): readonly number[] => {
  const names = Object.keys(weights)
  const stray = names.find(name => !processes.includes(name))
  if (stray !== undefined)
    throw defect(
      fault(
        'UnknownProcess',
        `there is a weight for "${stray}", and rewards for ${processes.join(', ')}`,
        'Name the weights after the processes that are scored.',
      ),
    )
  const bad = names.find(name => !Number.isFinite(weights[name]))
  if (bad !== undefined)
    throw defect(fault('BadWeight', `the weight of "${bad}" is ${weights[bad]}`, 'Give a finite number.'))
  return processes.map(process => (Object.hasOwn(weights, process) ? weights[process]! : 1))
}

/** A batch that is added up over its processes. */
export interface Sums<K extends string> {
  readonly processes: readonly K[]
  /** The weight of each process. */
  readonly factors: readonly number[]
  /** One a rollout of each group; null where the sum is not known. */
  readonly sums: readonly (readonly Reward[])[]
}

/**
 * The weighted sums of all groups, which have rewards for the same processes. A sum is unscored as soon as one process
 * with a weight is, because it is then not known.
 */
export const weightedSums = <K extends string>(batch: readonly Raw<K>[], weights: ProcessWeights = {}): Sums<K> => {
  const { processes, rewards } = batchRewards(batch)
  const factors = batch.length === 0 ? [] : weightsOf(processes, weights)
  const sums = batch.map(({ size }, g) => {
    const ofGroup = new Array<Reward>(size).fill(0)
    for (let p = 0; p < factors.length; p++) {
      const factor = factors[p]!
      if (factor === 0) continue
      const own = rewards[p]![g]!
      for (let i = 0; i < size; i++) {
        const sum = ofGroup[i]!
        const reward = own[i]!
        ofGroup[i] = sum === null || reward === null ? null : sum + factor * reward
      }
    }
    return ofGroup
  })
  return { processes, factors, sums }
}
