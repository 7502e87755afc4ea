import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { either as E, function as F, taskEither as TE } from 'fp-ts'
import * as t from 'io-ts'
import { fault, isFull, messageOf } from '../../../flow/index.ts'
import { parseJson } from '../../../untrusted/index.ts'
import type { EngineFault } from '../../engine.ts'
import { decodeWith } from '../wire/chunk.ts'

/** What a folder of a checkpoint elsewhere holds: the name of the weights on the server. */
const codec = t.type({
  format: t.literal('kinograd remote checkpoint 1'),
  path: t.string,
  model: t.string,
})
export type SavedElsewhere = t.TypeOf<typeof codec>

/** Stands where the manifest of a checkpoint of files stands: a run that reads the checkpoint vouches for this file. */
const fileName = 'kinograd.manifest.json'

/** Writes the reference, all or nothing. */
export const writeSaved = (
  directory: string,
  saved: Omit<SavedElsewhere, 'format'>,
): TE.TaskEither<EngineFault, void> =>
  TE.tryCatch(
    async () => {
      const path = join(directory, fileName)
      await mkdir(directory, { recursive: true })
      const value: SavedElsewhere = { format: 'kinograd remote checkpoint 1', ...saved }
      await writeFile(`${path}.part`, `${JSON.stringify(value, null, 2)}\n`, { flush: true })
      await rename(`${path}.part`, path)
    },
    (error): EngineFault =>
      fault(
        isFull(error) ? 'NoSpace' : 'BadCheckpoint',
        `${directory} cannot be written: ${messageOf(error)}`,
        'Check free space and permissions.',
      ),
  )

/** Reads it. Left: `BadCheckpoint`, also of a checkpoint of files. */
export const readSaved = (directory: string): TE.TaskEither<EngineFault, SavedElsewhere> =>
  F.pipe(
    TE.tryCatch(
      () => readFile(join(directory, fileName), 'utf8'),
      (error): EngineFault =>
        fault(
          'BadCheckpoint',
          `${directory} cannot be read: ${messageOf(error)}`,
          'Give a folder that this engine saved.',
        ),
    ),
    TE.flatMapEither(text =>
      F.pipe(
        parseJson(text),
        E.flatMap(decodeWith(codec)),
        E.mapLeft(why =>
          fault(
            'BadCheckpoint',
            `${join(directory, fileName)}: ${why}`,
            'Give a folder that an engine elsewhere saved; files are loaded by the server.',
          ),
        ),
      ),
    ),
  )
