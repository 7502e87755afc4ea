import { open, rename, rm } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { function as F, taskEither as TE } from 'fp-ts'
import type { Fault } from '../../flow/index.ts'
import { cannotWrite } from '../../run/index.ts'
import type { AnnotationFiles } from './files.ts'
import { wholeLines } from './whole-lines.ts'

/** Records of a part: VideoP2R's 162,062 chains came in two. */
const mostRecords = 100_000

/** A JSON array of some of the lines, as text. */
async function* listOf(lines: AsyncGenerator<{ readonly value: unknown }, undefined>, count: number) {
  let text = '['
  for (let nth = 0; nth < count; nth++) {
    const next = await lines.next()
    if (next.done === true) break
    text += `${nth === 0 ? '' : ',\n'}${JSON.stringify(next.value.value)}`
    if (text.length > 65_536) {
      yield text
      text = ''
    }
  }
  yield `${text}]\n`
}

const writePart = async (path: string, text: AsyncIterable<string>): Promise<void> => {
  const temporary = `${path}.${process.pid}.tmp`
  try {
    const file = await open(temporary, 'w')
    await pipeline(text, createGzip(), file.createWriteStream({ flush: true }))
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}

/**
 * Writes the kept chains in the form in which VideoP2R released its own: lists of JSON in gzip, in parts of at most 100,000 records
 * that are joined in the order of their names. Each is there whole or not at all. Gives their paths; none where nothing was kept.
 * Left: `NoSpace`, `CannotWrite`.
 */
export const writeReleased = (
  files: AnnotationFiles,
  kept: number,
  most: number = mostRecords,
): TE.TaskEither<Fault, readonly string[]> => {
  const parts = Math.ceil(kept / most)
  const each = Math.ceil(kept / Math.max(1, parts))
  const lines = wholeLines(files.out)
  return F.pipe(
    Array.from({ length: parts }, (_, nth) => files.part(nth + 1, parts)),
    TE.traverseSeqArray(path =>
      F.pipe(
        TE.tryCatch(() => writePart(path, listOf(lines, each)), cannotWrite(path)),
        TE.map(() => path),
      ),
    ),
  )
}
