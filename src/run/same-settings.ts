import { either as E } from 'fp-ts'
import { type Fault, fault } from '../flow/index.ts'
import { brief } from '../untrusted/index.ts'
import { differences } from './config.ts'

/**
 * Whether a command that goes on asks for what it began with; `where` names its place, that of `--out`. `Left('OtherConfig')` with the
 * first four settings that are others.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import { sameSettings } from 'kinograd/run'
 *
 * assert(E.isRight(sameSettings('out', { frames: 16 }, { frames: 16 })))
 * const other = sameSettings('out', { frames: 16 }, { frames: 32 })
 * assert(E.isLeft(other))
 * assert.equal(other.left.cause, 'out was begun otherwise: frames was 16 and is 32')
 * ```
 */
export const sameSettings = (where: string, saved: unknown, asked: unknown): E.Either<Fault, true> => {
  const different = differences(saved, asked)
  if (different.length === 0) return E.right(true)
  const told = different.slice(0, 4).map(one => `${one.field} was ${brief(one.saved)} and is ${brief(one.asked)}`)
  return E.left(
    fault('OtherConfig', `${where} was begun otherwise: ${told.join('; ')}`, 'Give the same flags, or another --out.'),
  )
}
