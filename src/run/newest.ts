import type { Collector } from './read-rows.ts'

/**
 * Keeps the newest `limit` values of each key and holds no more than those: keys in the order in which they came up,
 * values of a key in the order in which they came.
 */
export const newestByKey = <A>(limit: number, keyOf: (value: A) => string): Collector<A, readonly A[]> => {
  const kept = new Map<string, A[]>()
  return {
    add: value => {
      const key = keyOf(value)
      const values = kept.get(key) ?? []
      values.push(value)
      if (values.length > limit) values.shift()
      kept.set(key, values)
    },
    all: () => [...kept.values()].flat(),
  }
}
