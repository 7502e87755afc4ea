/** A place in a text that names a possible answer. */
export interface Mention<V> {
  readonly value: V
  /** Equal for equal values. */
  readonly key: string
  /** The first token of it. */
  readonly from: number
  /** The token behind it. */
  readonly next: number
}

/**
 * How firmly a text stands by what it names: 3 "final answer: B", 2 "the answer is B", "B is correct", 1 "it must be
 * B", 0 named, −1 "I considered B".
 */
export type Firmness = number

/** What a text says of a mention. */
export interface Standing {
  readonly firmness: Firmness
  readonly rejected: boolean
}
