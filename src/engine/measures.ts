import { open, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { either as E, function as F, taskEither as TE } from 'fp-ts'
import * as t from 'io-ts'
import { codeOf, type Fault, fault, isFull, messageOf } from '../flow/index.ts'
import { parseJson } from '../untrusted/index.ts'

/** What the checkpoints of a folder are measured by, by name, so that the best is known after a resume. */
const measuresFile = 'measures.json'
const measuresCodec = t.record(t.string, t.number)
/** Numbers by the names of checkpoints. */
export type Measures = Readonly<t.TypeOf<typeof measuresCodec>>

/** Reads them; none where there is no file. Left: `CannotRead`. */
export const readMeasures = (directory: string): TE.TaskEither<Fault, Measures> => {
  const path = join(directory, measuresFile)
  return F.pipe(
    TE.tryCatch(
      () => readFile(path, 'utf8').catch(error => (codeOf(error) === 'ENOENT' ? '{}' : Promise.reject(error))),
      error => fault('CannotRead', `${path} cannot be read: ${messageOf(error)}`, 'Check its permissions.'),
    ),
    TE.flatMapEither(text =>
      F.pipe(
        parseJson(text),
        E.flatMap(value => E.mapLeft(() => 'holds other things')(measuresCodec.decode(value))),
        E.mapLeft(() => fault('CannotRead', `${path} does not hold numbers by name`, 'Remove it.')),
      ),
    ),
  )
}

/** What a refused write becomes. */
export const cannotWrite =
  (what: string, remedy: string) =>
  (error: unknown): Fault =>
    fault(isFull(error) ? 'NoSpace' : 'CannotWrite', `${what}: ${messageOf(error)}`, remedy)

/** Writes them, all or nothing. Left: `NoSpace`, `CannotWrite`. */
export const writeMeasures = (directory: string, measures: Measures): TE.TaskEither<Fault, void> => {
  const path = join(directory, measuresFile)
  return TE.tryCatch(
    async () => {
      const file = await open(`${path}.part`, 'w')
      try {
        await file.writeFile(`${JSON.stringify(measures)}\n`)
        await file.sync()
      } finally {
        await file.close()
      }
      await rename(`${path}.part`, path)
    },
    cannotWrite(`${path} cannot be written`, 'Check free space and permissions.'),
  )
}
