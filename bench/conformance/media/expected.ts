import type { Rgb } from './bars.ts'

/** What may or must be refused, and how. */
export interface Refusal {
  /** `must`: giving pictures is wrong; `may`: pictures are right as well, if they are the right ones. */
  readonly how: 'must' | 'may'
  /** Tags of faults, any of which will do; any tag unless given. */
  readonly tags?: readonly string[]
  /** Words that cause and remedy together must hold. */
  readonly says?: readonly string[]
  /** Words that they must not hold. */
  readonly hides?: readonly string[]
  /** Options of a decoder with which the pictures come. */
  readonly with?: Readonly<Record<string, string>>
}

/** What is right for one file, in the form of `expected.json`. Everything left out is not compared. */
export interface Expected {
  readonly frames?: number
  /** Seconds of each picture; compared counted from the first. */
  readonly times?: readonly number[]
  /** Seconds by which a time may be off, where players differ; 1.5 ms unless given. */
  readonly timesWithin?: number
  /** The numbers drawn in the pictures. */
  readonly numbers?: readonly number[]
  readonly size?: readonly [width: number, height: number]
  readonly meanRgbOfFirst?: Rgb
  /** Colours of the first picture by "x,y". */
  readonly pixels?: Readonly<Record<string, Rgb>>
  readonly pixelsOfFrame?: Readonly<Record<string, Readonly<Record<string, Rgb>>>>
  /** Fields of `Clip`. */
  readonly clip?: Readonly<Record<string, unknown>>
  readonly refusal?: Refusal
  /** Pictures that onDamage 'skip' leaves out. */
  readonly skipped?: number
  /** Why the file is in the suite, and how the right values are known. */
  readonly why?: string
  readonly note?: string
}

/** What a note of a file without a stated refusal allows. */
const refusalOf = (note: string): Refusal | undefined => {
  if (/default may refuse but must name that policy/.test(note))
    return { how: 'may', says: ["onDamage: 'skip'"], with: { onDamage: 'skip' } }
  return /scaled to the first size, or a clear fault/.test(note)
    ? { how: 'may', with: { onSizeChange: 'scale' } }
    : undefined
}

/** The right values with what the note says beside them. */
export const withNote = (expected: Expected): Expected => {
  const refusal = expected.refusal ?? refusalOf(expected.note ?? '')
  return refusal === undefined ? expected : { ...expected, refusal }
}
