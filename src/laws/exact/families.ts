import type { Raw } from '../../advantage/index.ts'
import type { Family, FamilyPromises } from '../promises.ts'
import type { Fraction } from './dyadic.ts'
import { root } from './dyadic.ts'
import {
  centred,
  deviation,
  deviationsOfOthers,
  divided,
  exactly,
  type Numbers,
  overAll,
  together,
  weighted,
  withoutOwnMean,
} from './numbers.ts'

/** A definition with everything filled in. */
export type Definition = Required<Pick<FamilyPromises, 'family' | 'weights' | 'scale' | 'ddof' | 'epsilon' | 'k'>> & {
  readonly reward: string
}

/** The exact rewards of a group, by process. */
type ExactGroup = Readonly<Record<string, Numbers>>

/** The exact rewards of a group as it was given. */
const exactGroup = ({ rewards }: Raw<string>): ExactGroup =>
  Object.fromEntries(Object.entries(rewards).map(([process, given]) => [process, exactly(given)]))

const of = (group: ExactGroup, process: string): Numbers => group[process] ?? exactly([])

const summed = (group: ExactGroup, weights: Definition['weights']): Numbers =>
  weighted(Object.entries(group).map(([process, x]) => [weights[process] ?? 1, x]))

/** Unscored in every process where it is in one: a sum is then not known. */
const complete = (group: ExactGroup): ExactGroup => {
  const all = Object.values(group)
  const whole = (i: number): boolean => all.every(({ parts }) => parts[i] != null)
  return Object.fromEntries(
    Object.entries(group).map(([process, x]) => [
      process,
      { ...x, parts: x.parts.map((part, i) => (whole(i) ? part : null)) },
    ]),
  )
}

/** (x − mean) / (std + epsilon). */
const standard = (x: Numbers, { ddof, epsilon }: Definition): Numbers =>
  divided(centred(x), deviation(x, ddof), epsilon)

/** x − mean of the group, over what `scale` says. */
const scaled = (groups: readonly Numbers[], d: Definition): readonly Numbers[] => {
  if (d.scale === 'none') return groups.map(centred)
  if (d.scale === 'group') return groups.map(x => standard(x, d))
  const all = deviation(together(groups), d.ddof)
  return groups.map(x => divided(centred(x), all, d.epsilon))
}

/** (x − mean of the others) / (std of the others + epsilon). */
const standardOfOthers = (x: Numbers, { ddof, epsilon }: Definition): Numbers => {
  const own = withoutOwnMean(x)
  const made = deviationsOfOthers(x, ddof).map((deviation, i) =>
    divided({ ...own, parts: [own.parts[i] ?? null] }, deviation, epsilon),
  )
  return together(made)
}

/** n over k. */
const choose = (n: bigint, k: bigint): bigint => {
  let made = 1n
  for (let i = 0n; i < k; i++) made = (made * (n - i)) / (i + 1n)
  return n < k || n < 0n ? 0n : made
}

/** Right ones get (1 − R)/σ, wrong ones (1 − R − C(wrong − 1, k − 1)/C(n − 1, k − 1))/σ, σ² = R(1 − R), R = 1 − C(wrong, k)/C(n, k). */
const passAtK = (x: Numbers, { k, epsilon }: Definition): Numbers => {
  const right = (part: bigint | null): boolean => part !== null && part > 0n
  const n = BigInt(x.parts.filter(part => part !== null).length)
  const wrong = n - BigInt(x.parts.filter(right).length)
  const [all, none] = [choose(n, BigInt(k)), choose(wrong, BigInt(k))]
  if (all === 0n || none === 0n || none === all) return { ...x, parts: x.parts.map(p => (p === null ? null : 0n)) }
  const sigma: Fraction = root({ part: (all - none) * none, over: all * all })
  const [less, of] = [choose(wrong - 1n, BigInt(k) - 1n), choose(n - 1n, BigInt(k) - 1n)]
  const parts = x.parts.map(p => (p === null ? null : right(p) ? none * of : none * of - less * all))
  return divided({ over: all * of, parts, slack: 1 }, sigma, epsilon)
}

type Exact = (groups: readonly ExactGroup[], d: Definition) => readonly Numbers[]

/** One advantage a rollout for all of its tokens. */
const onAll: Readonly<Record<Exclude<Family, 'paGrpo'>, Exact>> = {
  /** DeepSeekMath (arXiv 2402.03300, section 4.1.2), with the reward of one process. */
  grpo: (groups, d) =>
    scaled(
      groups.map(g => of(g, d.reward)),
      d,
    ),
  /** GRPO with the weighted sum of the rewards (TRL `reward_weights`). */
  sum: (groups, d) =>
    scaled(
      groups.map(g => summed(g, d.weights)),
      d,
    ),
  /** arXiv 2503.20783, section 3.2: nothing but the mean is taken off. */
  drGrpo: (groups, d) => groups.map(g => centred(summed(g, d.weights))),
  /** arXiv 2402.14740, section 3.3: the mean of the others is taken off. */
  rloo: (groups, d) => groups.map(g => withoutOwnMean(summed(g, d.weights))),
  /** arXiv 2601.05242, equations 4 to 6: each process by group, added, and once more over the batch. */
  gdpo: (groups, d) => {
    const each = (g: ExactGroup): ExactGroup =>
      Object.fromEntries(Object.entries(complete(g)).map(([process, x]) => [process, standard(x, d)]))
    return overAll(
      groups.map(g => summed(each(g), d.weights)),
      all => standard(all, d),
    )
  },
  /** RLOO's baseline over the deviation of the same others. */
  leaveOneOut: (groups, d) => groups.map(g => standardOfOthers(summed(g, d.weights), d)),
  /** arXiv 2501.03262: mean and deviation of the whole batch. */
  reinforcePlusPlus: (groups, d) =>
    overAll(
      groups.map(g => summed(g, d.weights)),
      all => standard(all, d),
    ),
  /** arXiv 2501.03262, "REINFORCE++-baseline": minus the group's mean, then mean and deviation of the batch. */
  reinforcePlusPlusBaseline: (groups, d) =>
    overAll(
      groups.map(g => centred(summed(g, d.weights))),
      all => standard(all, d),
    ),
  /** arXiv 2508.10751, equations 14 and 15. */
  passAtK: (groups, d) => groups.map(g => passAtK(summed(g, d.weights), d)),
}

/** Exact advantages of one group: by process, and for tokens of none. */
export interface ExactAdvantages {
  readonly advantages: Readonly<Record<string, Numbers>>
  readonly outside: Numbers
}

/** What the definition gives for a batch, exactly but for roots, which are right to 150 binary digits. */
export const byDefinition = (batch: readonly Raw<string>[], d: Definition): readonly ExactAdvantages[] => {
  const groups = batch.map(exactGroup)
  const nothing = (g: Raw<string>): Numbers => exactly(Array.from({ length: g.size }, () => 0))
  if (d.family === 'paGrpo') {
    // VideoP2R (arXiv 2511.11113, equations 5 to 7): each process by itself, nothing elsewhere.
    const processes = Object.keys(batch[0]?.rewards ?? {})
    const made = processes.map(process => {
      const own = scaled(
        groups.map(g => of(g, process)),
        d,
      )
      return [process, own] as const
    })
    return batch.map((g, i) => ({
      advantages: Object.fromEntries(made.map(([process, own]) => [process, own[i] ?? nothing(g)])),
      outside: nothing(g),
    }))
  }
  const made = onAll[d.family](groups, d)
  return batch.map((g, i) => {
    const one = made[i] ?? nothing(g)
    return { advantages: Object.fromEntries(Object.keys(g.rewards).map(process => [process, one])), outside: one }
  })
}
