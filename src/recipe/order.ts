import { uniformInt } from 'pure-rand/distribution/uniformInt'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'

/** A shuffle that depends on the seed alone (Fisher and Yates). */
const shuffled = <A>(values: readonly A[], seed: number): readonly A[] => {
  const random = xoroshiro128plus(seed)
  const all = [...values]
  for (let i = all.length - 1; i > 0; i--) {
    const j = uniformInt(random, 0, i)
    ;[all[i], all[j]] = [all[j]!, all[i]!]
  }
  return all
}

/** Epoch after epoch in a new order each, without end. */
export function* epochs<A>(values: readonly A[], seed: number): Generator<A> {
  for (let epoch = 0; values.length > 0; epoch++) yield* shuffled(values, seed * 1_000_003 + epoch)
}

/** Like `epochs`, but two questions about one clip stand side by side, so that a batch passes each clip through the tower once. */
export function* pairedEpochs<A extends { readonly path: string }>(values: readonly A[], seed: number): Generator<A> {
  for (let epoch = 0; values.length > 0; epoch++) {
    const byClip = new Map<string, A[]>()
    for (const value of shuffled(values, seed * 1_000_003 + epoch))
      byClip.set(value.path, [...(byClip.get(value.path) ?? []), value])
    const pairs = [...byClip.values()].flatMap(list =>
      Array.from({ length: Math.ceil(list.length / 2) }, (_, i) => list.slice(2 * i, 2 * i + 2)),
    )
    for (const pair of shuffled(pairs, seed * 1_000_003 + epoch + 500_000)) yield* pair
  }
}

/** The first `count` values. */
export function* first<A>(values: Iterable<A>, count: number): Generator<A> {
  let left = count
  if (left <= 0) return
  for (const value of values) {
    yield value
    if (--left === 0) return
  }
}

/** The values after the first `count`. */
export function* after<A>(values: Iterable<A>, count: number): Generator<A> {
  let passed = 0
  for (const value of values) if (++passed > count) yield value
}
