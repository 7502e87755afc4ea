import type { Normaliser } from '../advantage/index.ts'
import { always } from './advantage/always.ts'
import { groupScoped, onAllTokens, routedByProcess } from './advantage/routing.ts'
import { defined, standardised } from './advantage/scaling.ts'
import { subjectOf } from './advantage/subject.ts'
import type { Law } from './law.ts'
import { type Promises, paGrpoPromises } from './promises.ts'

/**
 * The laws of a normaliser, as far as they follow from what it promises (by default what `paGrpo()` does), tried on
 * groups with the given processes. Use them one by one in a test runner (`test(law.name, () => law.assert())`) or at once
 * (`brokenLaws`).
 *
 * ```ts
 * import { paGrpo } from 'kinograd/advantage'
 * import { advantageLaws, paGrpoPromises } from 'kinograd/laws'
 *
 * for (const law of advantageLaws(paGrpo(), paGrpoPromises, ['perception', 'reasoning'])) law.assert()
 * ```
 */
export const advantageLaws = <K extends string>(
  normaliser: Normaliser<K>,
  promises: Promises,
  processes: readonly [K, ...K[]],
): readonly Law[] => {
  const { routing, scope, scale } = promises
  const subject = subjectOf(normaliser, promises, processes)
  const scaled = scale === 'sample' || scale === 'population'
  return [
    ...always(subject),
    ...(scope === 'group' ? groupScoped(subject) : []),
    ...(routing === 'process' ? routedByProcess(subject) : onAllTokens(subject)),
    ...(routing === 'process' && scope === 'group' && scale !== 'other' ? defined(subject) : []),
    ...(scaled ? standardised(subject) : []),
  ]
}

/** The laws of `paGrpo` for the paper's two processes. */
export const paGrpoLaws = (normaliser: Normaliser<'perception' | 'reasoning'>): readonly Law[] =>
  advantageLaws(normaliser, paGrpoPromises, ['perception', 'reasoning'])
