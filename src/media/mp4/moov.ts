import { type FileHandle, open } from 'node:fs/promises'
import { boxHead } from './boxes.ts'

/** Largest movie header that is read: 64 MiB holds millions of samples. */
const most = 64 * 2 ** 20

const find = async (file: FileHandle, bytes: number): Promise<Buffer | undefined> => {
  const head = Buffer.alloc(16)
  let movie: Buffer | undefined
  for (let offset = 0; offset + 8 <= bytes; ) {
    const { bytesRead } = await file.read(head, 0, 16, offset)
    const box = boxHead(head.subarray(0, bytesRead), 0, bytes - offset)
    if (box === undefined || box.type === 'moof') return undefined
    if (box.type === 'moov') {
      if (movie !== undefined || box.size > most) return undefined
      movie = Buffer.alloc(box.size - box.head)
      await file.read(movie, 0, movie.length, offset + box.head)
    }
    offset += box.size
  }
  return movie
}

/** The content of the one `moov` box of a file; undefined for fragmented, broken and other files. */
export const movieHeader = async (path: string, bytes: number): Promise<Buffer | undefined> => {
  const file = await open(path, 'r').catch(() => undefined)
  if (file === undefined) return undefined
  try {
    return await find(file, bytes).catch(() => undefined)
  } finally {
    await file.close()
  }
}
