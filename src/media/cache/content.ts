import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { taskEither as TE } from 'fp-ts'
import { fault } from '../../flow/index.ts'
import type { PlainFile } from '../file.ts'
import { remember } from '../remember.ts'
import type { MediaFault } from '../types.ts'

/** Files up to this size are read at once. */
const small = 2 ** 20

const hash = async (file: PlainFile): Promise<string> => {
  const sum = createHash('sha256')
  if (file.bytes <= small) sum.update(await readFile(file.path))
  else await pipeline(createReadStream(file.path), sum)
  return sum.digest('hex')
}

/**
 * SHA-256 of a file's content; remembered for 100,000 files as long as size, time and inode stay the same. `NotFound`
 * when the file cannot be read.
 */
export const contentHash = (): ((file: PlainFile) => TE.TaskEither<MediaFault, string>) => {
  const hashes = remember<string>(100_000)
  return file =>
    hashes(`${file.path}\0${file.version}`, { what: file.path }, () =>
      TE.tryCatch(
        () => hash(file),
        error => fault('NotFound', `${file.path} cannot be read: ${String(error)}`, 'Check the rights of the file.'),
      ),
    )
}
