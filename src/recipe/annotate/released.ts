import { readdir, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { either as E, function as F, taskEither as TE } from 'fp-ts'
import { type CotRecord, readCot, writeParts } from '../../dataset/index.ts'
import type { Fault } from '../../flow/index.ts'
import { cannotWrite } from '../../run/index.ts'
import type { AnnotationFiles } from './files.ts'

async function* keptChains(path: string): AsyncGenerator<CotRecord> {
  for await (const read of readCot(path)) {
    if (E.isLeft(read)) throw new Error(read.left.cause)
    yield read.right
  }
}

/** Parts that an earlier end of the same annotation wrote, with another number of them or not to the end: they would be read together with these. */
const removeOthers = async (stem: string, paths: readonly string[]): Promise<void> => {
  const names = new Set(paths.map(path => basename(path)))
  const start = `${basename(stem)}.part`
  for (const name of await readdir(dirname(stem)))
    if (
      name.startsWith(start) &&
      /^\d+(?:of\d+\.json|\.\d+\.tmp)\.gz$/.test(name.slice(start.length)) &&
      !names.has(name)
    )
      await rm(join(dirname(stem), name))
}

/**
 * Writes the kept chains in the form in which VideoP2R released its own: lists of JSON in gzip, in parts of at most 100,000
 * records. Gives their paths; none where nothing was kept. Left: `NoSpace`, `CannotWrite`.
 */
export const writeReleased = (
  files: AnnotationFiles,
  kept: number,
  recordsInPart = 100_000,
): TE.TaskEither<Fault, readonly string[]> =>
  kept === 0
    ? TE.right([])
    : F.pipe(
        writeParts(files.stem, keptChains(files.out), { recordsInPart }),
        TE.mapLeft((wrong): Fault => (/ENOSPC|EDQUOT/.test(wrong.cause) ? { ...wrong, _tag: 'NoSpace' } : wrong)),
        TE.tap(paths => TE.tryCatch(() => removeOthers(files.stem, paths), cannotWrite(files.stem))),
      )
