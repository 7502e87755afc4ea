import { either as E } from 'fp-ts'
import { uniformInt } from 'pure-rand/distribution/uniformInt'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'
import type { Observable } from 'rxjs'
import { type Item, iterate } from '../flow/index.ts'
import { wilson } from './intervals.ts'

/** How many of the items that could be measured say yes. */
export interface Share {
  readonly yes: number
  /** Items that were measured, after the draw. */
  readonly of: number
  /** Items that failed: they are in no share. */
  readonly failed: number
  /** Failed items by the tag of their fault. */
  readonly reasons: Readonly<Record<string, number>>
  /** The share and Wilson's 95 % interval; undefined of nothing. */
  readonly value: number | undefined
  readonly low: number | undefined
  readonly high: number | undefined
}

/** Only so many of the items, by chance. */
export interface ShareOptions {
  /** All when not given; the paper looks at 100 samples for adherence. */
  readonly sample?: number
  /** Of the chance; 1 when not given. */
  readonly seed?: number
}

/**
 * The share of a stream's items that a measure says yes to, with its interval; with `sample`, of so many drawn by chance (Vitter's
 * algorithm R: each item alike likely, one pass). Holds a yes or no for each drawn item. Rejects with what the stream's defect is.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { shareOf } from 'kinograd/evaluation'
 * import { items } from 'kinograd/flow'
 *
 * const share = await shareOf(items([1, 2, 3, 4]), n => n > 1)
 * assert.deepEqual([share.yes, share.of, share.value], [3, 4, 0.75])
 * ```
 */
export const shareOf = async <A>(
  items: Observable<Item<A>>,
  measure: (item: A) => boolean,
  { sample = Number.POSITIVE_INFINITY, seed = 1 }: ShareOptions = {},
): Promise<Share> => {
  const random = xoroshiro128plus(seed)
  const drawn: boolean[] = []
  const reasons: Record<string, number> = {}
  let [seen, failed] = [0, 0]
  for await (const item of iterate(items)) {
    if (E.isLeft(item)) {
      failed++
      reasons[item.left.fault._tag] = (reasons[item.left.fault._tag] ?? 0) + 1
      continue
    }
    const place = seen < sample ? seen : uniformInt(random, 0, seen)
    if (place < sample) drawn[place] = measure(item.right)
    seen++
  }
  const yes = drawn.filter(Boolean).length
  const found = wilson(yes, drawn.length)
  return { yes, of: drawn.length, failed, reasons, value: found?.value, low: found?.low, high: found?.high }
}
