import fc from 'fast-check'
import type { Groups, Normalised, Normaliser, Raw } from '../advantage/index.ts'
import { answering } from './advantage/answering.ts'
import { contradiction } from './advantage/contradiction.ts'
import { defined } from './advantage/defined.ts'
import { batched, routed, silent } from './advantage/grouping.ts'
import { ordering } from './advantage/ordering.ts'
import { scaling } from './advantage/scaling.ts'
import type { PosedLaw } from './advantage/subject.ts'
import { subjectOf } from './advantage/subject-of.ts'
import { inOrder } from './in-order.ts'
import { asyncLaw, type Law, law } from './law.ts'
import { type FamilyPromises, type Promises, paGrpoPromises } from './promises.ts'

/** A normaliser that answers later: another program's, say. */
export type AsyncNormaliser<K extends string> = (batch: readonly Raw<K>[]) => Promise<Groups<Normalised<K>>>

/** The laws that follow from promises, from the most general to the definition; each rests on those before it. */
const posedLaws = <K extends string>(
  promises: Promises | FamilyPromises,
  processes: readonly [K, ...K[]],
): readonly PosedLaw<K>[] => {
  const subject = subjectOf(promises, processes)
  const ddof = subject.known._tag === 'Unknown' ? 1 : subject.known.definition.ddof
  return [
    ...answering(subject),
    ...silent(subject),
    ...batched(subject),
    ...routed(subject),
    ...ordering(subject),
    ...defined(subject),
    ...(subject.habits.scaleFree ? scaling(subject, ddof, promises.epsilon ?? 1e-4) : []),
  ]
}

const fit = ['promises that fit together', 'what is promised can be true of one normaliser'] as const
const look = { look: 'the promises; the normaliser was not tried' }

/**
 * The laws of a normaliser. Say what it promises, or name the family that it is (`{ family: 'gdpo' }`): then every
 * number is compared with the definition in exact fractions. Tried on batches of 1 to 64 groups of 2 to 256 rollouts
 * with rewards in `range`. Use them one by one in a test runner (`test(law.name, () => law.assert())`) or at once
 * (`brokenLaws`). Promises that contradict each other give one law, which is broken and says why.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { paGrpo } from 'kinograd/advantage'
 * import { advantageLaws, brokenLaws, paGrpoPromises } from 'kinograd/laws'
 *
 * for (const law of advantageLaws(paGrpo(), paGrpoPromises, ['perception', 'reasoning'])) law.assert({ numRuns: 20 })
 * const laws = advantageLaws(paGrpo(), { family: 'grpo', reward: 'seen', range: [0, 2.2] }, ['seen', 'answered'])
 * assert.deepEqual(brokenLaws(laws, { seed: 1 }).map(({ law }) => law), ['one advantage for all tokens'])
 * ```
 */
export const advantageLaws = <K extends string>(
  normaliser: Normaliser<K>,
  promises: Promises | FamilyPromises,
  processes: readonly [K, ...K[]],
): readonly Law[] => {
  const wrong = contradiction(promises, processes)
  if (wrong !== null) return [law(...fit, fc.constant(promises), () => wrong, look)]
  return inOrder(posedLaws(promises, processes).map(({ sync }) => sync(normaliser)))
}

/** `advantageLaws` for a normaliser that answers later; try them with `brokenAsyncLaws`. */
export const asyncAdvantageLaws = <K extends string>(
  normaliser: AsyncNormaliser<K>,
  promises: Promises | FamilyPromises,
  processes: readonly [K, ...K[]],
): readonly Law<'async'>[] => {
  const wrong = contradiction(promises, processes)
  if (wrong !== null) return [asyncLaw(...fit, fc.constant(promises), async () => wrong, look)]
  return inOrder(posedLaws(promises, processes).map(({ async }) => async(normaliser)))
}

/** The laws of `paGrpo` for the paper's two processes. */
export const paGrpoLaws = (normaliser: Normaliser<'perception' | 'reasoning'>): readonly Law[] =>
  advantageLaws(normaliser, paGrpoPromises, ['perception', 'reasoning'])
