import type { Collector } from '../read-rows.ts'

/** A point of a line. */
export interface Place {
  readonly x: number
  readonly y: number
}

/** A line for a chart. */
export interface Line {
  readonly points: readonly Place[]
  /** Of how many neighbouring values a point is the mean, the last one perhaps of fewer. */
  readonly per: number
}

interface Bucket {
  x: number
  y: number
  count: number
}

const mean = ({ x, y, count }: Bucket): Place => ({ x: x / count, y: y / count })

/**
 * A line of at most `limit` points (an even number). Where more are added, each point becomes the mean of two
 * neighbours, then of four, and so on.
 */
export const thinned = (limit: number): Collector<Place, Line> => {
  let buckets: Bucket[] = []
  let width = 1
  const halve = () => {
    const pairs = Array.from({ length: limit / 2 }, (_, pair) => [buckets[2 * pair]!, buckets[2 * pair + 1]!] as const)
    buckets = pairs.map(([a, b]) => ({ x: a.x + b.x, y: a.y + b.y, count: a.count + b.count }))
    width *= 2
  }
  return {
    add: ({ x, y }) => {
      const last = buckets.at(-1)
      if (last !== undefined && last.count < width) {
        last.x += x
        last.y += y
        last.count += 1
        return
      }
      if (buckets.length === limit) halve()
      buckets.push({ x, y, count: 1 })
    },
    all: () => ({ points: buckets.map(mean), per: width }),
  }
}
