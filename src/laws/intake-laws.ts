import fc from 'fast-check'
import { either as E } from 'fp-ts'
import type { Normalised, Owners, Raw, Reward } from '../advantage/index.ts'
import { rawRewards, tokenAdvantages } from '../advantage/index.ts'
import { rawGroup } from './groups.ts'
import { type Law, law } from './law.ts'

type Two = 'perception' | 'reasoning'
const two = ['perception', 'reasoning'] as const

/** What checks the rewards of a group before anything is computed of them. */
export type Intake = (
  group: string,
  rewards: Readonly<Record<Two, readonly Reward[]>>,
) => E.Either<{ readonly cause: string }, Raw<Two>>

/** The laws of the check of rewards, by default of `rawRewards`. */
export const intakeLaws = (intake: Intake = rawRewards): readonly Law[] => {
  const any = rawGroup(two)
  return [
    law('good rewards pass unchanged', 'nothing is replaced, null neither', any, ({ group, rewards }) => {
      const made = intake(group, rewards)
      if (E.isLeft(made)) return `rejected: ${made.left.cause}`
      return JSON.stringify(made.right.rewards) === JSON.stringify(rewards)
        ? null
        : `became ${JSON.stringify(made.right.rewards)}`
    }),
    law(
      'NaN and infinity are rejected',
      'with the names of group and process',
      fc.tuple(
        any,
        fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
        fc.nat(),
        fc.constantFrom(...two),
      ),
      ([{ group, size, rewards }, bad, at, k]) => {
        const made = intake(group, { ...rewards, [k]: rewards[k].map((r, i) => (i === at % size ? bad : r)) })
        if (E.isRight(made)) return `${bad} in "${k}" was accepted`
        return made.left.cause.includes(group) && made.left.cause.includes(k)
          ? null
          : `"${made.left.cause}" does not name "${group}" and "${k}"`
      },
    ),
    law(
      'a group of one or none is rejected',
      'a mean of one tells nothing',
      fc.tuple(fc.string({ minLength: 1 }), fc.array(fc.double({ noNaN: true }), { maxLength: 1 })),
      ([group, r]) =>
        E.isLeft(intake(group, { perception: r, reasoning: r })) ? null : `a group of ${r.length} was accepted`,
    ),
    law('processes have one reward a rollout each', 'fewer are rejected', any, ({ group, rewards }) =>
      E.isLeft(intake(group, { ...rewards, reasoning: rewards.reasoning.slice(1) }))
        ? null
        : 'unequal numbers of rewards were accepted',
    ),
  ]
}

/** What gives each token its advantage. */
export type Spreader = (
  normalised: Normalised<Two>,
  owners: readonly Owners<Two>[],
) => E.Either<unknown, readonly Float64Array[]>

/** The laws of giving advantages to tokens, by default of `tokenAdvantages`. */
export const tokenLaws = (spread: Spreader = tokenAdvantages): readonly Law[] => {
  const values = (size: number) =>
    fc
      .array(fc.double({ min: -3, max: 3, noNaN: true }), { minLength: size, maxLength: size })
      .map(v => Float64Array.from(v))
  const owner = fc.constantFrom<Two | null>('perception', 'reasoning', null)
  const given = fc.integer({ min: 2, max: 6 }).chain(size =>
    fc
      .tuple(
        values(size),
        values(size),
        values(size),
        fc.array(fc.array(owner, { maxLength: 12 }), { minLength: size, maxLength: size }),
      )
      .map(([perception, reasoning, outside, owners]) => ({
        normalised: {
          _tag: 'Normalised',
          group: 'g',
          size,
          advantages: { perception, reasoning },
          outside,
        } as Normalised<Two>,
        owners,
      })),
  )
  return [
    law(
      'every token carries exactly the advantage of its process',
      'and every other token the one outside',
      given,
      ({ normalised, owners }) => {
        const made = spread(normalised, owners)
        if (E.isLeft(made)) return 'rejected'
        for (const [b, own] of owners.entries()) {
          if (made.right[b]?.length !== own.length)
            return `completion ${b} has ${made.right[b]?.length} values for ${own.length} tokens`
          for (const [t, k] of own.entries()) {
            const wanted = (k === null ? normalised.outside : normalised.advantages[k])[b]
            if (made.right[b]?.[t] !== wanted)
              return `token ${t} of completion ${b} (${k}) has ${made.right[b]?.[t]}, not ${wanted}`
          }
        }
        return null
      },
    ),
    law('as many completions as advantages', 'fewer or more are rejected', given, ({ normalised, owners }) =>
      E.isLeft(spread(normalised, owners.slice(1))) && E.isLeft(spread(normalised, [...owners, []]))
        ? null
        : 'a wrong number of completions was accepted',
    ),
    law('an unknown process is rejected', 'not given 0', given, ({ normalised, owners }) =>
      E.isLeft(
        spread(
          normalised,
          owners.map((own, b) => (b === 0 ? [...own, 'grounding' as Two] : own)),
        ),
      )
        ? null
        : 'a token of an unknown process was given a number',
    ),
  ]
}
