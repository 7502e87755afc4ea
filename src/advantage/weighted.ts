import { defect, fault } from '../flow/index.ts'
import type { Raw, Reward } from './raw.ts'
import { processesOf } from './raw.ts'

/** Weight of a process's reward in a sum; 1 where none is given, and 0 takes the process out of the sum. */
export type Weights = Readonly<Record<string, number>>

/**
 * The weight of each process, in their order. A weight for a process that has no rewards, or one that is not finite, is
 * a mistake in the program and not in an item: it throws a `Defect`, which ends the stream.
 */
export const weightsOf = (processes: readonly string[], weights: Weights): readonly number[] => {
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

/**
 * The weighted sum over processes, one a rollout. It is unscored as soon as one process with a weight is, because the
 * sum is then not known.
 */
export const weightedSum = <K extends string>(raw: Raw<K>, weights: Weights = {}): readonly Reward[] => {
  const processes = processesOf(raw)
  const factors = weightsOf(processes, weights)
  const sums = new Array<Reward>(raw.size).fill(0)
  for (let p = 0; p < processes.length; p++) {
    const factor = factors[p]!
    if (factor === 0) continue
    const rewards = raw.rewards[processes[p]!]
    for (let i = 0; i < raw.size; i++) {
      const [sum, reward] = [sums[i]!, rewards[i]!]
      sums[i] = sum === null || reward === null ? null : sum + factor * reward
    }
  }
  return sums
}
