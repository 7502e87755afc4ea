import { advantageMetrics, collapse, type Metrics, paGrpo, type Raw, sum } from '../advantage/index.ts'

/** What advantages of one kind say, under names that begin with `prefix`: variance and smallest size that is not 0. */
const renamed = (prefix: string, metrics: Metrics, processOf: (process: string) => string | undefined): Metrics =>
  Object.fromEntries(
    Object.entries(metrics).flatMap(([name, value]) => {
      const [, process = '', measure = ''] = /^advantages\/(.*)\/(variance|smallest)$/.exec(name) ?? []
      const said = processOf(process)
      return said === undefined ? [] : [[`${prefix}${said}/advantage_${measure}`, value] as const]
    }),
  )

/**
 * What PA-GRPO and GRPO would each have made of the groups that an arm sampled, whichever it is itself: the same rollouts, the same
 * rewards, two normalisers. GRPO's one reward is the sum over processes. The collapse of advantages (arXiv 2511.11113, section 5.4) is
 * the difference of the two `constant_groups`. Pure, and cheap beside one forward pass.
 *
 * `same_rollouts/pa_grpo/constant_groups`: groups of which every process has equal rewards; `…/constant_groups/<process>`: of one
 * process; `same_rollouts/grpo/constant_groups`: groups with equal sums; all three as shares of the groups.
 * `same_rollouts/pa_grpo/<process>/advantage_variance`, `/advantage_smallest` (the smallest absolute advantage that is not 0; absent
 * where there is none), and `same_rollouts/grpo/advantage_variance`, `/advantage_smallest`.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import { rawRewards } from 'kinograd/advantage'
 * import { sameRollouts } from 'kinograd/recipe'
 *
 * const group = rawRewards('clip 7', { perception: [1, 0], reasoning: [0, 1] })
 * assert(E.isRight(group))
 * const metrics = sameRollouts([group.right])
 * // The sums are equal, so GRPO learns nothing here; each process by itself is not.
 * assert.equal(metrics['same_rollouts/grpo/constant_groups'], 1)
 * assert.equal(metrics['same_rollouts/pa_grpo/constant_groups'], 0)
 * ```
 */
export const sameRollouts = <K extends string>(groups: readonly Raw<K>[]): Metrics => {
  const [first] = groups
  if (first === undefined) return {}
  const shares = collapse(groups)
  const [process] = Object.keys(first.rewards)
  return {
    'same_rollouts/pa_grpo/constant_groups': shares.paGrpo,
    ...Object.fromEntries(
      Object.entries<number>(shares.byProcess).map(([name, share]) => [
        `same_rollouts/pa_grpo/constant_groups/${name}`,
        share,
      ]),
    ),
    'same_rollouts/grpo/constant_groups': shares.sum,
    ...renamed('same_rollouts/pa_grpo', advantageMetrics(paGrpo()(groups)), name => `/${name}`),
    // One advantage for all tokens: that of the first process is that of every one.
    ...renamed('same_rollouts/grpo', advantageMetrics(sum()(groups)), name => (name === process ? '' : undefined)),
  }
}
