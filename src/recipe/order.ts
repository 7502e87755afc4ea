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

/** So many questions about one clip stand side by side at most; and a batch has at least so many clips, where it is large enough. */
const [mostTogether, leastClips] = [4, 8]

/** How many questions about one clip stand side by side in batches of a size. */
const togetherIn = (batch: number): number => Math.min(mostTogether, Math.max(1, Math.floor(batch / leastClips)))

/**
 * Like `epochs`, but questions about one clip stand side by side, as many as batches of a size bear: each clip is decoded and passes the
 * tower once for all of them.
 */
export function* clipEpochs<A extends { readonly path: string }>(
  values: readonly A[],
  { seed, batch }: { readonly seed: number; readonly batch: number },
): Generator<A> {
  const together = togetherIn(batch)
  for (let epoch = 0; values.length > 0; epoch++) {
    const byClip = new Map<string, A[]>()
    for (const value of shuffled(values, seed * 1_000_003 + epoch))
      byClip.set(value.path, [...(byClip.get(value.path) ?? []), value])
    const parts = [...byClip.values()].flatMap(list =>
      Array.from({ length: Math.ceil(list.length / together) }, (_, i) => list.slice(together * i, together * (i + 1))),
    )
    for (const part of shuffled(parts, seed * 1_000_003 + epoch + 500_000)) yield* part
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
