import type { Reward } from '../advantage/index.ts'
import type { Promises } from './promises.ts'

/** Sum with Neumaier's correction: exact to the last digits. */
const sum = (values: readonly number[]): number => {
  let total = 0
  let lost = 0
  for (const v of values) {
    const next = total + v
    lost += Math.abs(total) >= Math.abs(v) ? total - next + v : v - next + total
    total = next
  }
  return total + lost
}

/**
 * The definition written out, by another road than the library's: pairwise differences instead of a mean, so that
 * nothing cancels. For rewards of moderate size only.
 */
export const byDefinition = (rewards: readonly Reward[], { scale, epsilon = 1e-4 }: Promises): readonly number[] => {
  const scored = rewards.filter(r => r !== null)
  const n = scored.length
  if (n < 2 || scored.every(r => r === scored[0])) return rewards.map(() => 0)
  const centred = rewards.map(r => (r === null ? 0 : sum(scored.map(other => (r - other) / n))))
  const squares = sum(rewards.map((r, i) => (r === null ? 0 : (centred[i] as number) ** 2)))
  const divisor = scale === 'none' ? 1 : Math.sqrt(squares / (scale === 'population' ? n : n - 1)) + epsilon
  return rewards.map((r, i) => (r === null ? 0 : (centred[i] as number) / divisor))
}
