import { either as E } from 'fp-ts'
import type { Fault } from '../flow/index.ts'
import { fault } from '../flow/index.ts'
import type { Normalised } from './normaliser.ts'
import { type Owners, runsOf } from './owners.ts'

/** Why advantages cannot be given to tokens. */
export type TokenFault = Fault<'UnequalLengths' | 'UnknownProcess'>

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
    for (const { owner, start, end } of runsOf(own)) {
      const of = owner === null ? outside : advantages[owner]
      if (of === undefined)
        return E.left(
          fault(
            'UnknownProcess',
            `group "${group}": token ${start} of completion ${i} belongs to "${owner}", rewards are for ${Object.keys(advantages).join(', ')}`,
            'Score every process of the template.',
          ),
        )
      all.fill(of[i] as number, offset + start, offset + end)
    }
    tokens.push(all.subarray(offset, offset + own.length))
    offset += own.length
  }
  return E.right(tokens)
}
