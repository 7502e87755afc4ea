import { createHash } from 'node:crypto'
import type { Patches } from '../../media/index.ts'

/** Numbers as bytes, the lowest first, as they lie in memory of every machine that Node runs on. */
export const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array | Int32Array): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength)

const known = new WeakMap<Patches, string>()

/**
 * SHA-256 of a medium as a policy sees it: kind, grid, seconds per grid and every number of its patches. Computed once for each
 * object: patches are not changed once they are made.
 */
export const mediaHash = (medium: Patches): string => {
  const before = known.get(medium)
  if (before !== undefined) return before
  const { kind, grid, secondsPerGrid, values } = medium
  const hash = createHash('sha256')
    .update(`kinograd medium 1 ${kind} ${grid.join('x')} ${secondsPerGrid}\n`)
    .update(bytesOf(values))
    .digest('hex')
  known.set(medium, hash)
  return hash
}
