import type { Watched } from './look.ts'

/** A quarter more or less of a wait, so that looks do not come all at once. */
const chance = (wait: number): number => wait * (0.75 + Math.random() / 2)

/** Chunks that are watched, by when they are looked at next. */
export interface Due {
  readonly has: (number: number) => boolean
  readonly add: (number: number, candidates: readonly string[] | undefined, isOld: boolean) => void
  readonly remove: (number: number) => void
  /** The one that waited longest past its time, or waits least. */
  readonly first: () => Watched | undefined
  /** Puts a look off, each time for longer. */
  readonly later: (watched: Watched) => void
}

/** Nothing is watched yet. Waits grow from the first to the longest. */
export const due = ([firstMs, longestMs]: readonly [number, number]): Due => {
  const watching = new Map<number, Watched>()
  return {
    has: number => watching.has(number),
    add: (number, candidates, isOld) => {
      const since = performance.now()
      const at = isOld ? since : since + chance(firstMs)
      watching.set(number, { number, due: at, wait: firstMs, since, candidates, ruledOut: new Set() })
    },
    remove: number => void watching.delete(number),
    first: () =>
      [...watching.values()].reduce<Watched | undefined>(
        (least, one) => (least === undefined || one.due < least.due ? one : least),
        undefined,
      ),
    later: watched => {
      watched.due = performance.now() + chance(watched.wait)
      watched.wait = Math.min(longestMs, watched.wait * 1.5)
    },
  }
}
