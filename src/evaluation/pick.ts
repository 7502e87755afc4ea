import { either as E } from 'fp-ts'
import { uniformInt } from 'pure-rand/distribution/uniformInt'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'
import type { Records, VideoRecord } from '../dataset/index.ts'
import { type Fault, fault } from '../flow/index.ts'

/** Which of the records are asked about. */
export interface PickOptions {
  /** The first so many; all when not given. */
  readonly limit?: number | undefined
  /** So many by chance among those, in their order; all when not given. */
  readonly sample?: number | undefined
  /** Of the chance; 1 by default. */
  readonly seed?: number | undefined
}

/** One of the records that were picked, and its place among all. */
export interface Picked<R extends VideoRecord> {
  readonly at: number
  readonly read: E.Either<Fault, R>
}

/** Records that were picked, counted once before anything is asked. */
export interface Picking<R extends VideoRecord> {
  /** How many there are. */
  readonly total: number
  /** How many of all that were looked at cannot be read as records. */
  readonly unreadable: number
  /** Reads them in their order; may be read several times. */
  readonly records: AsyncIterable<Picked<R>>
}

/**
 * `count` of the numbers below `total`, by chance, all alike likely (Knuth's algorithm S). The same seed draws the same.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { drawn } from 'kinograd/evaluation'
 *
 * assert.equal(drawn(1000, 100, 1).size, 100)
 * ```
 */
export const drawn = (total: number, count: number, seed: number): ReadonlySet<number> => {
  const random = xoroshiro128plus(seed)
  const picked = new Set<number>()
  for (let at = 0; at < total && picked.size < count; at++)
    if (uniformInt(random, 0, total - at - 1) < count - picked.size) picked.add(at)
  return picked
}

/** Faults after which nothing more of the file can be read. */
const ends = ({ _tag }: Fault): boolean => _tag === 'NoFile' || _tag === 'BadFile'

/**
 * Counts the records and picks some of them. Reads the source once, or its first `limit`. Left: `NoFile`, and `BadFile` for one
 * that breaks off, before anything was paid for; `NoRecords` where there is none.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import { pickRecords } from 'kinograd/evaluation'
 *
 * async function* none() {}
 * const picked = await pickRecords(none(), { limit: 10 })
 * assert(E.isLeft(picked) && picked.left._tag === 'NoRecords')
 * ```
 */
export const pickRecords = async <R extends VideoRecord>(
  records: Records<R>,
  { limit = Number.POSITIVE_INFINITY, sample, seed = 1 }: PickOptions,
): Promise<E.Either<Fault, Picking<R>>> => {
  let [seen, unreadable] = [0, 0]
  for await (const read of records) {
    if (E.isLeft(read) && ends(read.left)) return read
    if (E.isLeft(read)) unreadable++
    if (++seen >= limit) break
  }
  if (seen === unreadable)
    return E.left(
      fault(
        'NoRecords',
        seen === 0 ? 'there are no records' : `none of ${seen} records can be read`,
        'Check the file and its form (--format).',
      ),
    )
  const some = sample === undefined || sample >= seen ? undefined : drawn(seen, sample, seed)
  return E.right({
    total: some?.size ?? seen,
    unreadable,
    records: {
      async *[Symbol.asyncIterator]() {
        let at = 0
        for await (const read of records) {
          if (some === undefined || some.has(at)) yield { at, read }
          if (++at >= seen) return
        }
      },
    },
  })
}
