import type { Law } from 'kinograd/laws'

/** A wrong implementation: what is wrong with it, the laws that it is tried against, and the one that must catch it. */
export interface Faulty {
  readonly fault: string
  readonly caughtBy: string
  readonly laws: readonly Law[]
}

/** Faults of one kind of thing: each with the law that must catch it. */
export const faultsOf = <S>(
  kind: string,
  laws: (subject: S) => readonly Law[],
  wrong: readonly (readonly [fault: string, caughtBy: string, subject: S])[],
): readonly Faulty[] =>
  wrong.map(([fault, caughtBy, subject]) => ({ fault: `${kind}: ${fault}`, caughtBy, laws: laws(subject) }))
