import { access, mkdir, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { either as E, function as F, taskEither as TE } from 'fp-ts'
import type * as t from 'io-ts'
import type { Fault } from 'kinograd/flow'
import { fault } from 'kinograd/flow'

export type WorldFault = Fault<
  'NoSpace' | 'NotWritable' | 'NotReadable' | 'OtherWorld' | 'BrokenWorld' | 'NotEncoded' | 'BadSize' | 'Cancelled'
>

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : String(error)

/** Names the cause of a failed write. */
export const writeFault = (path: string, error: unknown): WorldFault => {
  const code = codeOf(error)
  return code === 'ENOSPC' || code === 'EDQUOT'
    ? fault(
        'NoSpace',
        `no space left to write ${path} (${code})`,
        'Free some space or choose another folder; the same command then continues.',
      )
    : fault('NotWritable', `${path} cannot be written (${code})`, 'Choose a folder that you may write to.')
}

/** Names the cause of a failed read. */
export const readFault = (path: string, error: unknown): WorldFault =>
  fault('NotReadable', `${path} cannot be read (${codeOf(error)})`, 'Make the world again.')

/** Whether a file or folder is there. */
export const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )

/** Runs a write to `path`. */
export const writing = <A>(path: string, run: () => Promise<A>): TE.TaskEither<WorldFault, A> =>
  TE.tryCatch(run, error => writeFault(path, error))

/** Writes a whole file or nothing: into a neighbour first, then renamed. Makes the folders above it. */
export const writeWhole = (path: string, text: string): TE.TaskEither<WorldFault, void> =>
  writing(path, async () => {
    await mkdir(dirname(path), { recursive: true })
    await writeFile(`${path}.part`, text)
    await rename(`${path}.part`, path)
  })

/** Reads JSON that the world itself wrote. */
export const readAs = <A>(codec: t.Type<A, unknown, unknown>, path: string, text: string): E.Either<WorldFault, A> =>
  F.pipe(
    E.tryCatch(
      (): unknown => JSON.parse(text),
      error => fault('BrokenWorld', `${path} is no JSON (${String(error)})`, 'Make the world again.'),
    ),
    E.flatMap(value =>
      E.mapLeft(() => fault('BrokenWorld', `${path} holds no ${codec.name}`, 'Make the world again.'))(
        codec.decode(value),
      ),
    ),
  )
