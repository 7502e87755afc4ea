import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import type { PlainFile } from '../file.ts'
import { lru } from './lru.ts'

/** Files up to this size are read at once. */
const small = 2 ** 20

const hash = async (file: PlainFile): Promise<string> => {
  const sum = createHash('sha256')
  if (file.bytes <= small) sum.update(await readFile(file.path))
  else await pipeline(createReadStream(file.path), sum)
  return sum.digest('hex')
}

/** SHA-256 of a file's content; remembered for 100,000 files as long as size, time and inode stay the same. */
export const contentHash = (): ((file: PlainFile) => Promise<string>) => {
  const known = lru<string>(100_000)
  return async file => {
    const key = `${file.path}\0${file.version}`
    const before = known.get(key)
    if (before !== undefined) return before
    const found = await hash(file)
    known.set(key, found, 1)
    return found
  }
}
