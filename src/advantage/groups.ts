/** Groups in order, by index or one after the other: an array is one, and so is what makes a group when it is asked for. */
export interface Groups<A> extends Iterable<A> {
  readonly length: number
  /** The group at an index from 0, or undefined beyond the last. */
  readonly at: (index: number) => A | undefined
}

/**
 * Groups that are views of something larger: `make` is called whenever a group is asked for, so that a batch of many
 * groups costs no object a group until somebody looks. Take them all out with `[...groups]` or `Array.from`.
 */
export const groupsOf = <A>(length: number, make: (index: number) => A): Groups<A> => ({
  length,
  at: index => (index >= 0 && index < length ? make(index) : undefined),
  *[Symbol.iterator]() {
    for (let i = 0; i < length; i++) yield make(i)
  },
})
