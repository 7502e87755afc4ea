import type { Normalised, Normaliser, Raw, Reward } from 'kinograd/advantage'

/** What wrong and right normalisers are made of, small enough to be seen through. */

export type Two = 'perception' | 'reasoning'
export type Numbers = readonly number[]

export const mean = (x: Numbers): number => x.reduce((s, v) => s + v, 0) / x.length

export const std = (x: Numbers, ddof = 1): number => {
  const m = mean(x)
  return Math.sqrt(x.reduce((s, v) => s + (v - m) ** 2, 0) / Math.max(1, x.length - ddof))
}

export const scored = (x: readonly Reward[]): Numbers => x.filter(r => r !== null)

export const equal = (x: Numbers): boolean => x.length < 2 || x.every(v => v === x[0])

/** (x − mean) / (std + 1e-4), exactly 0 for equal ones. */
export const standard = (x: Numbers, ddof = 1, epsilon = 1e-4): Numbers =>
  equal(x) ? x.map(() => 0) : x.map(v => (v - mean(x)) / (std(x, ddof) + epsilon))

export const centred = (x: Numbers): Numbers => (equal(x) ? x.map(() => 0) : x.map(v => v - mean(x)))

/** A function of scored rewards, 0 for the others. */
export const overScored = (rewards: readonly Reward[], f: (x: Numbers) => Numbers): Float64Array => {
  const made = f(scored(rewards))
  let next = 0
  return Float64Array.from(rewards, r => (r === null ? 0 : (made[next++] ?? Number.NaN)))
}

export const result = <K extends string>(
  { group, size }: Raw<K>,
  advantages: Readonly<Record<K, Float64Array>>,
  outside: Float64Array = new Float64Array(size),
): Normalised<K> => ({ _tag: 'Normalised', group, size, advantages, outside })

/** Each process by itself. */
export const byProcess =
  (f: (x: Numbers) => Numbers): Normaliser<Two> =>
  batch =>
    batch.map(raw =>
      result(raw, {
        perception: overScored(raw.rewards.perception, f),
        reasoning: overScored(raw.rewards.reasoning, f),
      }),
    )

export const onAll = (raw: Raw<Two>, values: Float64Array): Normalised<Two> =>
  result(raw, { perception: values, reasoning: values }, values)

/** The sum of both processes; null where one is. */
export const summed = ({ rewards: { perception, reasoning } }: Raw<Two>, a = 1, b = 1): readonly Reward[] =>
  perception.map((p, i) => {
    const r = reasoning[i] ?? null
    return p === null || r === null ? null : a * p + b * r
  })

/** One advantage for all tokens, from the sums of each group. */
export const fromSums =
  (f: (x: Numbers) => Numbers, a = 1, b = 1): Normaliser<Two> =>
  batch =>
    batch.map(raw => onAll(raw, overScored(summed(raw, a, b), f)))

/** One advantage for all tokens, from numbers of every group and then of all together. */
export const fromBatch =
  (group: (raw: Raw<Two>) => readonly Reward[], all: (x: Numbers) => Numbers): Normaliser<Two> =>
  batch => {
    const values = overScored(
      batch.flatMap(raw => group(raw)),
      all,
    )
    let end = 0
    return batch.map(raw => {
      end += raw.size
      return onAll(raw, values.slice(end - raw.size, end))
    })
  }

/** As rewards again: null where a reward was. */
export const kept = (rewards: readonly Reward[], values: ArrayLike<number>): readonly Reward[] =>
  rewards.map((r, i) => (r === null ? null : (values[i] ?? null)))
