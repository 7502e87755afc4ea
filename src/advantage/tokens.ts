import { either as E } from 'fp-ts'
import type { Fault } from '../flow/index.ts'
import { fault } from '../flow/index.ts'
import type { Normalised } from './normaliser.ts'

/** One a token of a completion: the process that it belongs to, or null. */
export type Owners<K extends string> = readonly (K | null)[]

export type TokenFault = Fault<'UnequalLengths' | 'UnknownProcess'>

/**
 * Gives every token the advantage of its process, and tokens of no process the group's `outside`: one array a
 * completion, one value a token. Left when the group has not as many completions as advantages, or when a token belongs
 * to a process that has none.
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
  for (const [i, own] of owners.entries()) {
    const values = new Float64Array(own.length)
    let start = 0
    while (start < own.length) {
      const process = own[start] as K | null
      let end = start + 1
      while (end < own.length && own[end] === process) end++
      const of = process === null ? outside : advantages[process]
      if (of === undefined)
        return E.left(
          fault(
            'UnknownProcess',
            `group "${group}": token ${start} of completion ${i} belongs to "${process}", rewards are for ${Object.keys(advantages).join(', ')}`,
            'Score every process of the template.',
          ),
        )
      values.fill(of[i] as number, start, end)
      start = end
    }
    tokens.push(values)
  }
  return E.right(tokens)
}
