/** One a token of a completion: the process that it belongs to, or null. */
export type Owners<K extends string> = readonly (K | null)[]

/** Tokens start … end − 1 belong to one owner. */
export interface OwnerRun<K extends string> {
  readonly owner: K | null
  readonly start: number
  readonly end: number
}

/** Runs of owners that cannot change any more. */
const runsOfFrozen = new WeakMap<Owners<string>, readonly OwnerRun<string>[]>()

/** Where the run of equal owners that starts at `start` ends. */
const runEnd = (owners: Owners<string>, start: number): number => {
  const owner = owners[start]
  const length = owners.length
  let end = start + 1
  // Asked of null first, the comparison is of strings with strings only, which is faster.
  if (owner === null) while (end < length && owners[end] === null) end++
  else while (end < length && owners[end] !== null && owners[end] === owner) end++
  return end
}

const scan = <K extends string>(owners: Owners<K>): readonly OwnerRun<K>[] => {
  const runs: OwnerRun<K>[] = []
  for (let start = 0; start < owners.length; ) {
    const end = runEnd(owners, start)
    runs.push({ owner: owners[start] ?? null, start, end })
    start = end
  }
  return runs
}

/**
 * Freezes the owners of a completion's tokens, so that their runs are looked for once and not at every use. For those
 * who make owners of their own; `assignTokens` of `kinograd/process` gives frozen ones.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { frozenOwners } from 'kinograd/advantage'
 *
 * const owners = frozenOwners(['perception', 'perception', null, 'reasoning'])
 * assert(Object.isFrozen(owners))
 * ```
 */
export const frozenOwners = <K extends string>(owners: Owners<K>): Owners<K> => {
  // Looked for before freezing: loops that see frozen and plain arrays are several times slower in V8.
  const runs = scan(owners)
  runsOfFrozen.set(Object.freeze(owners), runs)
  return owners
}

/**
 * The runs of equal owners, in order.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { runsOf } from 'kinograd/advantage'
 *
 * assert.deepEqual(runsOf(['perception', 'perception', null]), [
 *   { owner: 'perception', start: 0, end: 2 },
 *   { owner: null, start: 2, end: 3 },
 * ])
 * ```
 */
export const runsOf = <K extends string>(owners: Owners<K>): readonly OwnerRun<K>[] =>
  // What is kept for these owners was scanned from them.
  (runsOfFrozen.get(owners) as readonly OwnerRun<K>[] | undefined) ?? scan(owners)
