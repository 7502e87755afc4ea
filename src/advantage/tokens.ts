import { either as E } from 'fp-ts'
import type { Fault } from '../flow/index.ts'
import { fault } from '../flow/index.ts'
import type { Normalised } from './normaliser.ts'
import { type OwnerRun, type Owners, runsOf } from './owners.ts'
import { writeRun } from './write-run.ts'

/** Why advantages cannot be given to tokens. */
export type TokenFault = Fault<'UnequalLengths' | 'UnknownProcess' | 'TooSmall'>

const unequal = (group: string, completions: number, size: number): TokenFault =>
  fault(
    'UnequalLengths',
    `group "${group}": ${completions} completions and ${size} advantages`,
    'Give the token owners of every completion of the group, in its order.',
  )

const tooSmall = (group: string, completion: number, end: number, length: number): TokenFault =>
  fault(
    'TooSmall',
    `group "${group}": completion ${completion} ends at ${end} of an array of ${length}`,
    'Give an array that holds every token.',
  )

/** Why there is no advantage for the tokens of a run: nobody scored its process, or not every rollout of it. */
const noAdvantage = <K extends string>(
  { group, size, advantages, outside }: Normalised<K>,
  completion: number,
  { start, owner }: OwnerRun<K>,
): TokenFault => {
  if (owner !== null && !Object.hasOwn(advantages, owner))
    return fault(
      'UnknownProcess',
      `group "${group}": token ${start} of completion ${completion} belongs to "${owner}", rewards are for ${Object.keys(advantages).join(', ')}`,
      'Score every process of the template.',
    )
  const [which, values] = owner === null ? ['tokens outside', outside] : [`"${owner}"`, advantages[owner]]
  return fault(
    'UnequalLengths',
    `group "${group}": ${values.length} advantages for ${which}, and ${size} rollouts`,
    'Give every process one advantage a rollout.',
  )
}

/**
 * Writes the advantage of every token of a group to into[at …), completion after completion, and gives the place after
 * the last: every token has the advantage of its process, tokens of no process have the group's `outside`. For many
 * groups with one array that is used again; `tokenAdvantages` makes the arrays. Left when the group has not as many
 * completions as advantages, when a token belongs to a process that has none, or when the array is too small.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import { drGrpo, rawRewards, writeTokenAdvantages } from 'kinograd/advantage'
 *
 * const group = rawRewards('clip 7', { reasoning: [2, 0] })
 * assert(E.isRight(group))
 * const into = new Float64Array(4)
 * for (const made of drGrpo()([group.right]))
 *   assert.deepEqual(writeTokenAdvantages(made, [['reasoning', null], ['reasoning']], into), E.right(3))
 * assert.deepEqual([...into], [1, 1, -1, 0])
 * ```
 */
export const writeTokenAdvantages = <K extends string>(
  normalised: Normalised<K>,
  owners: readonly Owners<K>[],
  into: Float64Array,
  at = 0,
): E.Either<TokenFault, number> => {
  const { group, size, advantages, outside } = normalised
  if (owners.length !== size) return E.left(unequal(group, owners.length, size))
  let base = at
  for (let i = 0; i < size; i++) {
    const own = owners[i]!
    const runs = runsOf(own)
    const after = base + own.length
    if (after > into.length) return E.left(tooSmall(group, i, after, into.length))
    for (let r = 0; r < runs.length; r++) {
      const run = runs[r]!
      const values = run.owner === null ? outside : advantages[run.owner]
      // An owner called `constructor` finds a function on every object, and `__proto__` an object without a length.
      if (typeof values !== 'object' || values.length !== size) return E.left(noAdvantage(normalised, i, run))
      writeRun(into, base + run.start, base + run.end, values[i]!)
    }
    base = after
  }
  return E.right(base)
}

/**
 * Gives every token the advantage of its process, and tokens of no process the group's `outside`: one array a
 * completion, one value a token. Left as `writeTokenAdvantages`. The arrays are views of one buffer a group.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import { paGrpo, rawRewards, tokenAdvantages } from 'kinograd/advantage'
 *
 * const group = rawRewards('clip 7', { perception: [1, 0], reasoning: [0, 1] })
 * assert(E.isRight(group))
 * const owners = [['perception', null, 'reasoning'], ['perception', 'reasoning']] as const
 * for (const made of paGrpo({ scale: 'none' })([group.right])) {
 *   const rows = tokenAdvantages(made, owners)
 *   assert(E.isRight(rows))
 *   assert.deepEqual(rows.right.map(row => [...row]), [[0.5, 0, -0.5], [-0.5, 0.5]])
 * }
 * ```
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
