import { type FileHandle, open, truncate } from 'node:fs/promises'
import { sizeOf } from './log.ts'

/** Where the last line of a file begins; undefined where it is longer than `most` bytes. Reads the end of the file alone. */
export const lastLineStart = async (file: FileHandle, size: number, most = size): Promise<number | undefined> => {
  const piece = Buffer.alloc(1 << 16)
  for (let end = size; end > Math.max(0, size - most); ) {
    const from = Math.max(0, end - piece.length)
    const { bytesRead } = await file.read(piece, 0, end - from, from)
    const found = piece.subarray(0, bytesRead).lastIndexOf(0x0a)
    if (found >= 0) return from + found + 1
    end = from
  }
  return size <= most ? 0 : undefined
}

/** Drops a last line that a killed process left unfinished. Reads the end of the file alone. */
export const dropPartialLine = async (path: string): Promise<void> => {
  const size = await sizeOf(path)
  if (size === 0) return
  const file = await open(path, 'r')
  let end: number | undefined
  try {
    end = await lastLineStart(file, size)
  } finally {
    await file.close()
  }
  if (end !== undefined && end < size) await truncate(path, end)
}
