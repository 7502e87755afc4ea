import type { Law, When } from './law.ts'

/** Each law rests on those before it, so that `brokenLaws` reports the first that breaks. */
export const inOrder = <W extends When>(laws: readonly Law<W>[]): readonly Law<W>[] =>
  laws.map((one, i) => ({ ...one, restsOn: laws.slice(0, i).map(({ name }) => name) }))
