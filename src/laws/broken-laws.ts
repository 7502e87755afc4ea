import { either as E } from 'fp-ts'
import type { BrokenLaw } from './broken.ts'
import type { Law, Trial } from './law.ts'

/** Whether a law that is broken already explains whatever happens to this one. */
const explained = (restsOn: readonly string[], broken: readonly BrokenLaw[]): boolean =>
  broken.some(({ law }) => restsOn.includes(law))

/**
 * Tries laws and gives those that are broken. A law that rests on a broken one is not tried, so that one fault is
 * reported once, by the law that is about it: mend it and ask again.
 */
export const brokenLaws = (laws: readonly Law[], trial: Trial = {}): readonly BrokenLaw[] => {
  const broken: BrokenLaw[] = []
  for (const { restsOn, check } of laws) {
    if (explained(restsOn, broken)) continue
    const outcome = check(trial)
    if (E.isLeft(outcome)) broken.push(outcome.left)
  }
  return broken
}

/** What became of one law: kept, broken, or not tried because a law that it rests on is broken. */
export type Verdict =
  | { readonly _tag: 'Kept'; readonly law: string }
  | { readonly _tag: 'NotTried'; readonly law: string }
  | BrokenLaw

/** `brokenLaws` for laws of what answers later, one law after the other; `told` hears of each as it is known. */
export const brokenAsyncLaws = async (
  laws: readonly (Law | Law<'async'>)[],
  trial: Trial = {},
  told: (verdict: Verdict) => void = () => {},
): Promise<readonly BrokenLaw[]> => {
  const broken: BrokenLaw[] = []
  for (const { name, restsOn, check } of laws) {
    if (explained(restsOn, broken)) {
      told({ _tag: 'NotTried', law: name })
      continue
    }
    const outcome = await check(trial)
    if (E.isLeft(outcome)) broken.push(outcome.left)
    told(E.isLeft(outcome) ? outcome.left : { _tag: 'Kept', law: name })
  }
  return broken
}
