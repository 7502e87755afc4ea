import type { either as E } from 'fp-ts'

/** Where no record ends within this many bytes, it is refused: no data set has such a record. */
export const recordLimit = 64 * 1024 * 1024

/** A record and the place it was read from: its bytes, or their value where that is known by now; or what is wrong with it. */
export type Cut =
  | { readonly place: string; readonly bytes: Buffer }
  | { readonly place: string; readonly value: E.Right<unknown> }
  | { readonly place: string; readonly wrong: string }

/** Cuts bytes that come in pieces into records. */
export interface Cutter {
  /** Records that end in this piece, each cut when it is asked for; all of them before the next piece. Their bytes may be the piece's own. */
  readonly push: (piece: Buffer) => Iterable<Cut>
  /** What is left when nothing follows. */
  readonly end: () => readonly Cut[]
  /** Whether nothing more is to be had: a record has no end. */
  readonly isLost: () => boolean
}

/** What is wrong with a record that is longer than `recordLimit`. */
export const tooLong = `is longer than ${recordLimit} bytes`

/** A record without end is followed for so many bytes. */
export const followedBytes = 4 * recordLimit
