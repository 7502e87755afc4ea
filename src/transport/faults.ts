import { either as E } from 'fp-ts'
import { defect, type Fault, fault } from '../flow/index.ts'
import { brief } from '../untrusted/index.ts'
import { type BlobRef, longestBody } from './transport.ts'

/** More messages wait than may. */
export const full = (run: string, waiting: number): Fault<'Full'> =>
  fault(
    'Full',
    `${waiting} tasks of run ${run} wait, which is the most`,
    'Start more workers, or publish less at once.',
  )

/** Another process holds the name of a run. */
export const runTaken = (run: string, holder: string): Fault<'RunTaken'> =>
  fault(
    'RunTaken',
    `the run ${run} is held by ${brief(holder, 100)}`,
    'Let it end, or give this run another name. The name of a process that was killed is free after 10 s.',
  )

/** A blob that is no more. */
export const noBlob = ({ name }: BlobRef): Fault<'NoBlob'> =>
  fault('NoBlob', `the blob ${brief(name, 120)} is gone`, 'It is made anew when the item is asked for again.')

/** Bytes that are not those that were put there. */
export const badBlob = ({ name, sha256, bytes }: BlobRef, got: { sha256: string; bytes: number }): Fault<'BadBlob'> =>
  fault(
    'BadBlob',
    `the blob ${brief(name, 120)} has ${got.bytes} bytes with the SHA-256 ${got.sha256.slice(0, 12)}…, not ${bytes} with ${sha256.slice(0, 12)}…`,
    'Look who else writes there; the item is made anew when it is asked for again.',
  )

/** A message too long for any server. Left: `TooLarge`. */
export const fitting = (body: string): E.Either<Fault, string> =>
  Buffer.byteLength(body) <= longestBody
    ? E.right(body)
    : E.left(
        fault(
          'TooLarge',
          `a message has ${Buffer.byteLength(body)} bytes, at most ${longestBody} are taken`,
          'Let the codec of the stage give large values as Uint8Array: they travel as blobs.',
        ),
      )

/** Faults that are not of one item. */
const ends: ReadonlySet<string> = new Set(['Unreachable', 'RunTaken', 'Closed', 'Refused', 'NoJetStream', 'NoRoom'])

/** Whether a fault ends a run or a worker. */
export const endsAll = ({ _tag }: Fault): boolean => ends.has(_tag)

/** Lets through what is of one item, and throws what ends everything. */
export const orEnd = <A>(given: E.Either<Fault, A>): E.Either<Fault, A> => {
  if (E.isLeft(given) && endsAll(given.left)) throw defect(given.left)
  return given
}
