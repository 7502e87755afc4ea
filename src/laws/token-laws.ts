import fc from 'fast-check'
import { either as E } from 'fp-ts'
import type { Normalised, Owners } from '../advantage/index.ts'
import { frozenOwners, tokenAdvantages } from '../advantage/index.ts'
import { inOrder } from './in-order.ts'
import { type Law, law } from './law.ts'
import { roundNumber, short } from './round.ts'

type Two = 'perception' | 'reasoning'

/** What gives each token its advantage. */
export type Spreader = (
  normalised: Normalised<Two>,
  owners: readonly Owners<Two>[],
) => E.Either<unknown, readonly Float64Array[]>

/** A group and the owners of its tokens, some of them frozen. */
interface Given {
  readonly normalised: Normalised<Two>
  readonly owners: readonly Owners<Two>[]
}

/** One advantage a rollout. */
const values = (size: number): fc.Arbitrary<Float64Array> =>
  fc.array(roundNumber(-3, 3), { minLength: size, maxLength: size }).map(all => Float64Array.from(all))

/** Runs of one owner: short ones, and long enough for whatever is done with long ones. */
const run: fc.Arbitrary<Owners<Two>> = fc
  .tuple(
    fc.constantFrom<Two | null>('perception', 'reasoning', null),
    fc.oneof(
      { weight: 4, arbitrary: fc.integer({ min: 1, max: 4 }) },
      { weight: 2, arbitrary: fc.integer({ min: 5, max: 70 }) },
      { weight: 1, arbitrary: fc.integer({ min: 71, max: 700 }) },
    ),
  )
  .map(([owner, length]) => Array.from({ length }, () => owner))

const completion = fc
  .tuple(fc.array(run, { maxLength: 6 }), fc.boolean())
  .map(([runs, frozen]) => (frozen ? frozenOwners(runs.flat()) : runs.flat()))

const given: fc.Arbitrary<Given> = fc.integer({ min: 2, max: 6 }).chain(size =>
  fc
    .tuple(values(size), values(size), values(size), fc.array(completion, { minLength: size, maxLength: size }))
    .map(([perception, reasoning, outside, owners]) => ({
      normalised: { _tag: 'Normalised' as const, group: 'a', size, advantages: { perception, reasoning }, outside },
      owners,
    })),
)

const runsText = (owners: Owners<string>): string => {
  const ends = owners.flatMap((owner, t) => (owner === owners[t + 1] && t + 1 < owners.length ? [] : [t + 1]))
  return ends.map((end, i) => `${end - (ends[i - 1] ?? 0)} of ${owners[end - 1] ?? 'nobody'}`).join(', ') || 'no tokens'
}

const shown = ({ normalised: { advantages, outside }, owners }: Given): string => {
  const list = (row: Float64Array): string => `[${Array.from(row, a => short(a)).join(', ')}]`
  const numbers = `perception ${list(advantages.perception)}, reasoning ${list(advantages.reasoning)}, outside ${list(outside)}`
  return [numbers, ...owners.map((own, b) => `completion ${b}: ${runsText(own)}`)].join('\n   ')
}

/** The first token that has not the advantage of its process, in words. */
const wrongToken = ({ normalised, owners }: Given, made: readonly Float64Array[]): string | null => {
  if (made.length !== owners.length) return `${made.length} rows for ${owners.length} completions`
  for (const [b, own] of owners.entries()) {
    const row = made[b]
    if (row?.length !== own.length) return `completion ${b} has ${row?.length} values for ${own.length} tokens`
    for (const [t, k] of own.entries()) {
      const wanted = (k === null ? normalised.outside : normalised.advantages[k])[b]
      if (!Object.is(row[t], wanted))
        return `token ${t} of completion ${b} (${k ?? 'nobody'}) has ${row[t]}, not ${wanted}`
    }
  }
  return null
}

/** Names that nobody scores; some of them every object has. */
const strangers: readonly string[] = ['grounding', 'constructor', 'toString', '__proto__', '']

const withStranger = (owners: readonly Owners<Two>[], b: number, t: number, stranger: string): readonly Owners<Two>[] =>
  owners.map((own, i) => {
    if (i !== b % owners.length) return own
    const at = t % (own.length + 1)
    const mixed: readonly (string | null)[] = [...own.slice(0, at), stranger, ...own.slice(at)]
    return mixed as Owners<Two>
  })

/**
 * The laws of giving advantages to tokens, by default of `tokenAdvantages`: runs of 1 to 700 tokens, frozen owners and
 * plain ones.
 *
 * ```ts
 * import { tokenLaws } from 'kinograd/laws'
 *
 * for (const law of tokenLaws()) law.assert({ numRuns: 20 })
 * ```
 */
export const tokenLaws = (spread: Spreader = tokenAdvantages): readonly Law[] => {
  const laws = [
    law(
      'what was given stays',
      'neither the advantages nor earlier results change',
      fc.tuple(given, given),
      ([one, other]) => {
        const before = JSON.stringify([one.normalised, one.owners])
        const made = spread(one.normalised, one.owners)
        const kept = JSON.stringify(made)
        spread(other.normalised, other.owners)
        if (JSON.stringify([one.normalised, one.owners]) !== before) return 'what was given was written'
        return JSON.stringify(made) === kept ? null : 'a result was changed by the next one'
      },
      { shown: ([one]) => shown(one), look: 'a buffer that is used again' },
    ),
    law(
      'every token carries exactly the advantage of its process',
      'and every other token the one outside',
      given,
      one => {
        const made = spread(one.normalised, one.owners)
        return E.isLeft(made) ? 'it is rejected' : wrongToken(one, made.right)
      },
      { shown, look: 'where runs begin and end, and which rollout an advantage is taken from' },
    ),
    law(
      'as many completions as advantages',
      'fewer or more are rejected',
      given,
      ({ normalised, owners }) => {
        if (E.isRight(spread(normalised, owners.slice(1)))) return `${owners.length - 1} completions were accepted`
        return E.isRight(spread(normalised, [...owners, []])) ? `${owners.length + 1} completions were accepted` : null
      },
      { shown, look: 'the number of completions' },
    ),
    law(
      'an unknown process is rejected',
      'wherever it stands, and not given 0',
      fc.tuple(given, fc.nat(), fc.nat(), fc.constantFrom(...strangers)),
      ([{ normalised, owners }, b, t, stranger]) =>
        E.isLeft(spread(normalised, withStranger(owners, b, t, stranger)))
          ? null
          : `a token of "${stranger}" was given a number`,
      {
        shown: ([one, , , stranger]) => `${shown(one)}, and one token of "${stranger}"`,
        look: 'names that every object has, and defaults',
      },
    ),
  ]
  return inOrder(laws)
}
