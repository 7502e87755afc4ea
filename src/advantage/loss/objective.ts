/**
 * A loss over the log-probabilities of completion tokens, [sequence][token] and ragged, with its gradient in the same
 * shape: what an engine back-propagates. Metrics carry TRL's names.
 */
export interface Objective {
  (logprobs: readonly Float64Array[]): ObjectiveValue
  /** Set where the gradient is the same whatever the log-probabilities are: it can then be sent elsewhere before they are known. */
  readonly linear?: true
}

/** A loss, its gradient in the shape of the log-probabilities, and numbers to log. */
export interface ObjectiveValue {
  readonly loss: number
  readonly gradient: readonly Float64Array[]
  readonly metrics: Readonly<Record<string, number>>
}

/** One number a token, [sequence][token]; anything indexable. */
export type PerToken = readonly ArrayLike<number>[]

/**
 * Numbers of sequences and of tokens that a mean is over. By default those of the batch at hand; give those of the
 * whole batch when it is trained in parts, and the parts' gradients add up to the whole's.
 */
export interface Totals {
  readonly sequences: number
  readonly tokens: number
}

/** A shape that does not fit is a defect of the program, not of an item, and throws a `RangeError` with both numbers. */
export const sameShape = (
  name: string,
  given: readonly { readonly length: number }[],
  logprobs: readonly Float64Array[],
): void => {
  if (given.length !== logprobs.length)
    throw new RangeError(`${name} has ${given.length} sequences, the log-probabilities have ${logprobs.length}`)
  const bad = logprobs.findIndex((row, i) => given[i]?.length !== row.length)
  if (bad !== -1)
    throw new RangeError(
      `${name} of sequence ${bad} has ${given[bad]?.length} tokens, its log-probabilities have ${logprobs[bad]?.length}`,
    )
}

/**
 * Says of a token whether it counts. A mask is 0 or 1, for a token cannot count in part (that is what weights are for);
 * anything else throws a `RangeError`.
 */
export const countsIn =
  (mask: PerToken | undefined) =>
  (sequence: number, token: number): boolean => {
    if (mask === undefined) return true
    const value = mask[sequence]![token]!
    if (value !== 0 && value !== 1)
      throw new RangeError(`the mask of token ${token} of sequence ${sequence} is ${value}, and must be 0 or 1`)
    return value === 1
  }
