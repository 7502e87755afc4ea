import fc from 'fast-check'
import { either as E } from 'fp-ts'
import type { Raw, Reward } from '../advantage/index.ts'
import { rawRewards } from '../advantage/index.ts'
import { rawGroup, shownGroups } from './groups.ts'
import { inOrder } from './in-order.ts'
import { type Law, law } from './law.ts'

type Two = 'perception' | 'reasoning'
const two = ['perception', 'reasoning'] as const

/** What checks the rewards of a group before anything is computed of them. */
export type Intake = (
  group: string,
  rewards: Readonly<Record<Two, readonly Reward[]>>,
) => E.Either<{ readonly cause: string }, Raw<Two>>

const shown = { shown: (raw: Raw<Two>): string => shownGroups([raw]) }

const equal = (a: readonly Reward[], b: readonly Reward[]): boolean =>
  a.length === b.length && a.every((r, i) => Object.is(r, b[i]))

/** What is no reward, whatever the types say. */
const rotten: readonly unknown[] = [
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  undefined,
  '1',
  true,
]

/**
 * The laws of the check of rewards, by default of `rawRewards`.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { rawRewards } from 'kinograd/advantage'
 * import { brokenLaws, intakeLaws } from 'kinograd/laws'
 *
 * const zeros = intakeLaws((group, { perception, reasoning }) =>
 *   rawRewards(group, { perception: perception.map(r => r ?? 0), reasoning }),
 * )
 * assert.deepEqual(brokenLaws(zeros, { seed: 1 }).map(({ law }) => law), ['good rewards pass unchanged'])
 * ```
 */
export const intakeLaws = (intake: Intake = rawRewards): readonly Law[] => {
  const any = rawGroup(two, { range: [-1e307, 1e307] })
  const laws = [
    law(
      'good rewards pass unchanged',
      'nothing is replaced or rounded, null neither, and the group keeps its name and size',
      any,
      ({ group, size, rewards }) => {
        const made = intake(group, rewards)
        if (E.isLeft(made)) return `rejected: ${made.left.cause}`
        if (made.right.group !== group || made.right.size !== size)
          return `became group "${made.right.group}" of ${made.right.size}`
        const k = two.find(name => !equal(made.right.rewards[name] ?? [], rewards[name]))
        return k === undefined ? null : `"${k}" became [${made.right.rewards[k]?.map(String).join(', ')}]`
      },
      { ...shown, look: 'defaults, rounding and clipping' },
    ),
    law(
      'NaN and infinity are rejected',
      'and what is no number at all, with the names of group and process',
      fc.tuple(any, fc.constantFrom(...rotten), fc.nat(), fc.constantFrom(...two)),
      ([{ group, size, rewards }, bad, at, k]) => {
        const spoilt = { ...rewards, [k]: rewards[k].map((r, i) => (i === at % size ? bad : r)) }
        const made = intake(group, spoilt)
        if (E.isRight(made)) return `${String(bad)} of rollout ${at % size} in "${k}" was accepted`
        return made.left.cause.includes(group) && made.left.cause.includes(k)
          ? null
          : `"${made.left.cause}" does not name "${group}" and "${k}"`
      },
      { shown: ([raw]) => shownGroups([raw]), look: 'which members and which processes are looked at' },
    ),
    law(
      'a group of one or none is rejected',
      'a mean of one tells nothing',
      fc.tuple(
        fc.string({ minLength: 1 }),
        fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { maxLength: 1 }),
      ),
      ([group, r]) =>
        E.isLeft(intake(group, { perception: r, reasoning: r })) ? null : `a group of ${r.length} was accepted`,
      { look: 'the least size of a group' },
    ),
    law(
      'processes have one reward a rollout each',
      'fewer and more are rejected, whichever process has them',
      fc.tuple(any, fc.constantFrom(...two), fc.boolean()),
      ([{ group, rewards }, k, more]) => {
        const changed = more ? [...rewards[k], 1] : rewards[k].slice(1)
        return E.isLeft(intake(group, { ...rewards, [k]: changed }))
          ? null
          : `${changed.length} rewards for "${k}" and ${rewards[k].length} for the other were accepted`
      },
      { shown: ([raw]) => shownGroups([raw]), look: 'that every process is compared with the size' },
    ),
  ]
  return inOrder(laws)
}
