import { either as E } from 'fp-ts'
import type { Fault } from '../flow/index.ts'
import { fault } from '../flow/index.ts'
import type { Normalised } from './normaliser.ts'
import { type Owners, type Run, runsOf } from './owners.ts'

/** Why advantages cannot be given to tokens. */
export type TokenFault = Fault<'UnequalLengths' | 'UnknownProcess' | 'TooSmall'>

/** Runs shorter than this are written by a loop, longer ones by `fill`. */
const short = 16

const unequal = (group: string, completions: number, size: number): TokenFault =>
  fault(
    'UnequalLengths',
    `group "${group}": ${completions} completions and ${size} advantages`,
    'Give the token owners of every completion of the group, in its order.',
  )

const unknown = (group: string, completion: number, { start, owner }: Run<string>, known: object): TokenFault =>
  fault(
    'UnknownProcess',
    `group "${group}": token ${start} of completion ${completion} belongs to "${owner}", rewards are for ${Object.keys(known).join(', ')}`,
    'Score every process of the template.',
  )

const tooSmall = (group: string, completion: number, end: number, length: number): TokenFault =>
  fault(
    'TooSmall',
    `group "${group}": completion ${completion} ends at ${end} of an array of ${length}`,
    'Give an array that holds every token.',
  )

/**
 * Writes the advantage of every token of a group to into[at …), completion after completion, and gives the place after
 * the last: every token has the advantage of its process, tokens of no process have the group's `outside`. For many
 * groups with one array that is used again; `tokenAdvantages` makes the arrays. Left when the group has not as many
 * completions as advantages, when a token belongs to a process that has none, or when the array is too small.
 */
export const writeTokenAdvantages = <K extends string>(
  { group, size, advantages, outside }: Normalised<K>,
  owners: readonly Owners<K>[],
  into: Float64Array,
  at = 0,
): E.Either<TokenFault, number> => {
  if (owners.length !== size) return E.left(unequal(group, owners.length, size))
  let base = at
  for (let i = 0; i < size; i++) {
    const own = owners[i] as Owners<K>
    const runs = runsOf(own)
    const after = base + own.length
    if (after > into.length) return E.left(tooSmall(group, i, after, into.length))
    for (let r = 0; r < runs.length; r++) {
      const run = runs[r] as Run<K>
      const of = run.owner === null ? outside : advantages[run.owner]
      if (of === undefined) return E.left(unknown(group, i, run, advantages))
      const value = of[i] as number
      const [start, end] = [base + run.start, base + run.end]
      if (end - start < short) for (let t = start; t < end; t++) into[t] = value
      else into.fill(value, start, end)
    }
    base = after
  }
  return E.right(base)
}

/**
 * Gives every token the advantage of its process, and tokens of no process the group's `outside`: one array a
 * completion, one value a token. Left as `writeTokenAdvantages`. The arrays are views of one buffer a group.
 */
export const tokenAdvantages = <K extends string>(
  normalised: Normalised<K>,
  owners: readonly Owners<K>[],
): E.Either<TokenFault, readonly Float64Array[]> => {
  const all = new Float64Array(owners.reduce((sum, own) => sum + own.length, 0))
  return E.map(() => {
    let end = 0
    return owners.map(own => {
      end += own.length
      return all.subarray(end - own.length, end)
    })
  })(writeTokenAdvantages(normalised, owners, all))
}
