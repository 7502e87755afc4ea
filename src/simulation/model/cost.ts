/** What work on a batch costs, in seconds; what is not given costs nothing. */
export interface Cost {
  /** Whatever the batch. */
  readonly fixed?: number
  /** A question. */
  readonly question?: number
  /** A token of a completion. */
  readonly token?: number
  /** A token of the longest completion: completions are sampled in step. */
  readonly step?: number
}

/** A batch, as far as costs go by it. */
export interface Load {
  readonly questions: number
  /** Tokens of every completion. */
  readonly lengths: readonly number[]
}

/** The quantities that costs go by, in the order of `costParts`. */
const costParts = ['fixed', 'question', 'token', 'step'] as const

const sumOf = (lengths: readonly number[]): number => lengths.reduce((sum, length) => sum + length, 0)
const longestOf = (lengths: readonly number[]): number => lengths.reduce((most, length) => Math.max(most, length), 0)

/** How much of each quantity a batch has. */
export const quantitiesOf = ({ questions, lengths }: Load): Readonly<Record<keyof Cost, number>> => ({
  fixed: 1,
  question: questions,
  token: sumOf(lengths),
  step: longestOf(lengths),
})

/** Seconds of work on a batch. */
export const secondsOf = (cost: Cost, load: Load): number => {
  const quantities = quantitiesOf(load)
  return costParts.reduce((sum, part) => sum + (cost[part] ?? 0) * quantities[part], 0)
}
