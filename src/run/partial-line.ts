import { open, truncate } from 'node:fs/promises'
import { sizeOf } from './log.ts'

/** Drops a last line that a killed process left unfinished. Reads the end of the file alone. */
export const dropPartialLine = async (path: string): Promise<void> => {
  const size = await sizeOf(path)
  if (size === 0) return
  const file = await open(path, 'r')
  let end = size
  try {
    const piece = Buffer.alloc(1 << 16)
    while (end > 0) {
      const from = Math.max(0, end - piece.length)
      const { bytesRead } = await file.read(piece, 0, end - from, from)
      const found = piece.subarray(0, bytesRead).lastIndexOf(0x0a)
      if (found >= 0) {
        end = from + found + 1
        break
      }
      end = from
    }
  } finally {
    await file.close()
  }
  if (end < size) await truncate(path, end)
}
