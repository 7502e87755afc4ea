import { uniformInt } from 'pure-rand/distribution/uniformInt'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'

/** Draws some of what comes, by chance, without holding more. */
export interface Drawing<A> {
  readonly add: (one: A) => void
  /** What was drawn, in the order in which it came. */
  readonly drawn: () => readonly A[]
}

interface Kept<A> {
  readonly at: number
  readonly one: A
}

/** `count` of all, all alike likely (Vitter's algorithm R); the same seed draws the same. Holds `count`. */
export const openDrawing = <A>(count: number, seed: number): Drawing<A> => {
  const random = xoroshiro128plus(seed)
  const kept: Kept<A>[] = []
  let seen = 0
  return {
    add: one => {
      const at = seen++
      if (kept.length < count) kept.push({ at, one })
      else {
        const place = uniformInt(random, 0, at)
        if (place < count) kept[place] = { at, one }
      }
    },
    drawn: () => kept.toSorted((a, b) => a.at - b.at).map(({ one }) => one),
  }
}

/**
 * As `openDrawing`, as many of each stratum as of any other, as far as there are so many: rare ones are seen as well, and shares of the
 * whole can no longer be read off. Holds `count` of each stratum.
 */
export const openStratified = <A>(count: number, seed: number, stratum: (one: A) => string): Drawing<A> => {
  const strata = new Map<string, { readonly drawing: Drawing<Kept<A>>; size: number }>()
  let seen = 0
  return {
    add: one => {
      const name = stratum(one)
      const found = strata.get(name) ?? { drawing: openDrawing<Kept<A>>(count, seed), size: 0 }
      strata.set(name, found)
      found.size++
      found.drawing.add({ at: seen++, one })
    },
    drawn: () => {
      // The smallest first: what it lacks goes to those that have more.
      const all = [...strata.values()].toSorted((a, b) => a.size - b.size)
      let [left, strataLeft] = [count, all.length]
      const picked: Kept<A>[] = []
      for (const { drawing, size } of all) {
        const share = Math.min(size, Math.floor(left / strataLeft--))
        left -= share
        const within = openDrawing<Kept<A>>(share, seed + 1)
        for (const one of drawing.drawn()) within.add(one)
        picked.push(...within.drawn())
      }
      return picked.toSorted((a, b) => a.at - b.at).map(({ one }) => one)
    },
  }
}
