import { either as E, taskEither as TE } from 'fp-ts'
import { fault, messageOf } from '../flow/index.ts'
import type { RewardFault } from './accuracy.ts'

/** A reward with a name: a number, or null where it does not apply to the rollout; at once or later. */
export interface RewardFunction<A> {
  readonly name: string
  readonly weight?: number
  readonly score: (rollout: A) => number | null | Promise<number | null>
}

/** What one reward function said: its number, or null where it does not apply. */
export interface NamedScore {
  readonly name: string
  readonly weight: number
  readonly value: number | null
}

const failed = (name: string, cause: string): RewardFault =>
  fault(
    'RewardFailed',
    `the reward "${name}" ${cause}`,
    'Mend the reward function, or return null where it does not apply.',
  )

/**
 * Runs reward functions on one rollout, in order. A function that throws, rejects, or returns NaN or an infinity makes
 * a Left that names it: a crash is never a reward of 0.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { runRewards, sumScores } from 'kinograd/reward'
 *
 * const run = runRewards<string>([
 *   { name: 'short', score: text => (text.length < 9 ? 1 : 0) },
 *   { name: 'judge', weight: 2, score: async text => (text === '' ? null : 0.5) },
 * ])
 * const scores = await run('a ball')()
 * assert(scores._tag === 'Right')
 * assert.equal(sumScores(scores.right), 2)
 * ```
 */
export const runRewards =
  <A>(functions: readonly RewardFunction<A>[]) =>
  (rollout: A): TE.TaskEither<RewardFault, readonly NamedScore[]> =>
    TE.traverseSeqArray(
      ({ name, weight = 1, score }: RewardFunction<A>) =>
        async (): Promise<E.Either<RewardFault, NamedScore>> => {
          try {
            const value = await score(rollout)
            return value === null || Number.isFinite(value)
              ? E.right({ name, weight, value })
              : E.left(failed(name, `gave ${value}`))
          } catch (thrown) {
            return E.left(failed(name, `threw: ${messageOf(thrown)}`))
          }
        },
    )(functions)

/**
 * The weighted sum of the scores that apply; null when none does.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { sumScores } from 'kinograd/reward'
 *
 * assert.equal(sumScores([{ name: 'a', weight: 2, value: 1 }, { name: 'b', weight: 1, value: null }]), 2)
 * assert.equal(sumScores([{ name: 'b', weight: 1, value: null }]), null)
 * ```
 */
export const sumScores = (scores: readonly NamedScore[]): number | null => {
  const applying = scores.filter(({ value }) => value !== null)
  return applying.length === 0 ? null : applying.reduce((sum, { weight, value }) => sum + weight * (value ?? 0), 0)
}
