import type { Normalised, Raw, Reward } from '../../advantage/index.ts'
import { posed } from '../asking.ts'
import { byDefinition, type Definition, type ExactAdvantages } from '../exact/families.ts'
import { type Numbers, toNumbers } from '../exact/numbers.ts'
import { byProcess, type Domain, shownGroups } from '../groups.ts'
import { toldApart } from '../round.ts'
import { likely } from './likely.ts'
import { all, near, one, type PosedLaw, type Steps, type Subject } from './subject.ts'

/** How far a careful computation in floats may be from the exact value: some units in the last place of what it handles. */
export const allowed = ({ parts, slack }: Numbers, wanted: number, float32: boolean): number =>
  (float32 ? 2 ** -23 : 2 ** -50) * (parts.length + 8) * (slack + Math.abs(wanted))

/** The first number that is not what the definition says, in words. */
const differing = <K extends string>(
  processes: readonly K[],
  made: readonly Normalised<K>[],
  exact: readonly ExactAdvantages[],
  { float32 }: Pick<Domain, 'float32'>,
): string | null => {
  for (const [g, { advantages, outside }] of exact.entries()) {
    const one = made[g]
    if (one === undefined) return `group ${g} is missing`
    const rows = [
      ...processes.map(k => [k, one.advantages[k], advantages[k] ?? outside] as const),
      ['outside', one.outside, outside] as const,
    ]
    for (const [name, got, numbers] of rows)
      for (const [i, wanted] of toNumbers(numbers).entries()) {
        const value = got[i] ?? Number.NaN
        if (near(value, wanted, allowed(numbers, wanted, float32))) continue
        const [left, right] = toldApart(value, wanted)
        return `rollout ${i} of "${name}" in group ${g} has ${left}, by definition ${right}`
      }
  }
  return null
}

/** The weights of a sum of which only the normalised result is seen, from a group that gives each process one reward of its own. */
function* measured<K extends string>({ processes, domain }: Subject<K>, definition: Definition): Steps<K, Definition> {
  const { least, most, values } = domain
  const low = values?.[0] ?? Math.min(most, Math.max(least, 0))
  const high = values?.[1] ?? Math.min(low + 2 ** -10, most)
  const size = Math.max(processes.length + 1, domain.minSize)
  const probe: Raw<K> = {
    _tag: 'Raw',
    group: 'weights',
    size,
    rewards: byProcess(processes, (_, p) => Array.from({ length: size }, (_, i) => (i === p ? high : low))),
  }
  const { outside } = yield* one(processes, probe)
  const apart = Array.from(outside, a => a - (outside[size - 1] ?? 0))
  const mean = apart.reduce((s, d) => s + d, 0) / size
  const spread = Math.sqrt(apart.reduce((s, d) => s + (d - mean) ** 2, 0) / (size - definition.ddof))
  const factor = definition.scale === 'none' || definition.epsilon === 0 ? 1 : definition.epsilon / (1 - spread)
  const weights = Object.fromEntries(processes.map((k, p) => [k, snapped(((apart[p] ?? 0) * factor) / (high - low))]))
  return { ...definition, weights }
}

/** A weight that is a short decimal but for rounding is that decimal. */
const snapped = (weight: number): number => {
  const decimal = Number(weight.toFixed(6))
  return Math.abs(weight - decimal) <= 1e-7 * (1 + Math.abs(weight)) ? decimal : weight
}

/** The batch without processes of weight 0. */
const counted = <K extends string>(batch: readonly Raw<K>[], { weights }: Definition): readonly Raw<string>[] =>
  batch.map(raw => ({
    ...raw,
    rewards: Object.fromEntries(Object.entries<readonly Reward[]>(raw.rewards).filter(([k]) => weights[k] !== 0)),
  }))

/** Every number that comes out is what the definition says, computed in exact fractions. */
export const defined = <K extends string>(subject: Subject<K>): readonly PosedLaw<K>[] => {
  const { processes, domain, known, batches } = subject
  if (known._tag === 'Unknown') return []
  return [
    posed(
      'definition',
      known._tag === 'SomeSum'
        ? 'every advantage is what the definition gives for some weighted sum of the rewards, in exact fractions'
        : `every advantage is what the definition of ${known.definition.family} gives, in exact fractions`,
      batches,
      function* (batch) {
        const definition = known._tag === 'SomeSum' ? yield* measured(subject, known.definition) : known.definition
        if (!Object.values(definition.weights).every(Number.isFinite)) return 'it is no weighted sum of the rewards'
        const made = yield* all(processes, batch)
        const why = differing(processes, made, byDefinition(batch, definition), domain)
        if (why === null) return null
        // A process of weight 0 may be no part of the sum at all: then it makes no rollout unscored.
        if (
          known._tag === 'SomeSum' &&
          differing(processes, made, byDefinition(counted(batch, definition), definition), domain) === null
        )
          return null
        const guess = likely(definition).find(
          ([, other]) => differing(processes, made, byDefinition(batch, other), domain) === null,
        )
        return guess === undefined ? why : `${why} (these are the numbers of ${guess[0]})`
      },
      {
        shown: shownGroups,
        look: 'n − 1 in the deviation, epsilon outside the root, two passes in place of E[x²] − E[x]², and the precision',
      },
    ),
  ]
}
