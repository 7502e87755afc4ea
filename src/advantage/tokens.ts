import { either as E } from 'fp-ts'
import type { Fault } from '../flow/index.ts'
import { fault } from '../flow/index.ts'
import type { Normalised } from './normaliser.ts'

/** One a token of a completion: the process that it belongs to, or null. */
export type Owners<K extends string> = readonly (K | null)[]

export type TokenFault = Fault<'UnequalLengths' | 'UnknownProcess'>

/** Where the run of equal owners that starts at `start` ends. */
const runEnd = (own: Owners<string>, start: number): number => {
  const owner = own[start]
  const length = own.length
  let end = start + 1
  // Asked of null first, the comparison is of strings with strings only, which is faster.
  if (owner === null) while (end < length && own[end] === null) end++
  else while (end < length && own[end] !== null && own[end] === owner) end++
  return end
}

/**
 * Gives every token the advantage of its process, and tokens of no process the group's `outside`: one array a
 * completion, one value a token. Left when the group has not as many completions as advantages, or when a token belongs
 * to a process that has none. The arrays are views of one buffer a group.
 */
export const tokenAdvantages = <K extends string>(
  { group, size, advantages, outside }: Normalised<K>,
  owners: readonly Owners<K>[],
): E.Either<TokenFault, readonly Float64Array[]> => {
  if (owners.length !== size)
    return E.left(
      fault(
        'UnequalLengths',
        `group "${group}": ${owners.length} completions and ${size} advantages`,
        'Give the token owners of every completion of the group, in its order.',
      ),
    )
  const tokens: Float64Array[] = []
  const all = new Float64Array(owners.reduce((sum, own) => sum + own.length, 0))
  let offset = 0
  for (const [i, own] of owners.entries()) {
    const length = own.length
    let start = 0
    while (start < length) {
      const process = own[start] as K | null
      const end = runEnd(own, start)
      const of = process === null ? outside : advantages[process]
      if (of === undefined)
        return E.left(
          fault(
            'UnknownProcess',
            `group "${group}": token ${start} of completion ${i} belongs to "${process}", rewards are for ${Object.keys(advantages).join(', ')}`,
            'Score every process of the template.',
          ),
        )
      all.fill(of[i] as number, offset + start, offset + end)
      start = end
    }
    tokens.push(all.subarray(offset, offset + length))
    offset += length
  }
  return E.right(tokens)
}
