import type { Bits } from './bits.ts'

/** A size in pixels. */
export interface Size {
  readonly width: number
  readonly height: number
}

/** The size that is left of whole blocks where a parameter set says how much is cut off, in units of chroma. */
export const cropped = (width: number, height: number, { bit, ue }: Bits, across: number, down: number): Size => {
  if (bit() === 0) return { width, height }
  const [left, right, top, bottom] = [ue(), ue(), ue(), ue()]
  return { width: width - across * (left + right), height: height - down * (top + bottom) }
}
