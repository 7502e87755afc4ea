import { bitsOf } from './bits.ts'
import { cropped, type Size } from './cropped.ts'

/** Sequence parameter set of HEVC (§7.3.2.2.1), behind its head. */
export const sizeHevc = (payload: Uint8Array): Size => {
  const read = bitsOf(payload)
  const { bit, bits, ue } = read
  bits(4)
  const layers = bits(3)
  bits(1 + 88 + 8)
  const present = Array.from({ length: layers }, () => [bit(), bit()] as const)
  if (layers > 0) bits(2 * (8 - layers))
  for (const [profile, level] of present) bits(88 * profile + 8 * level)
  ue()
  const chroma = ue()
  if (chroma === 3) bit()
  const [width, height] = [ue(), ue()]
  return cropped(width, height, read, chroma === 1 || chroma === 2 ? 2 : 1, chroma === 1 ? 2 : 1)
}
