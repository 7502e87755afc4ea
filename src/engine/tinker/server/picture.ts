import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { function as F, taskEither as TE } from 'fp-ts'
import { type Fault, fault, messageOf } from '../../../flow/index.ts'
import { type Frames, type Patches, readImage } from '../../../media/index.ts'
import type { VisionOptions } from '../../text/medium.ts'
import { mediumPatches } from '../../text/medium-patches.ts'

const unwritable = (error: unknown): Fault =>
  fault('CannotWrite', `a picture cannot be put down: ${messageOf(error)}`, 'Check free space for temporary files.')

/** The pixels of a whole PNG or JPEG file, within the limits of `readImage`. */
const framesOf = (file: Uint8Array): TE.TaskEither<Fault, Frames> =>
  F.pipe(
    TE.tryCatch(() => mkdtemp(join(tmpdir(), 'kinograd-picture-')), unwritable),
    TE.flatMap(folder => async () => {
      const path = join(folder, 'picture')
      const read = await F.pipe(
        TE.tryCatch(() => writeFile(path, file), unwritable),
        TE.flatMap((): TE.TaskEither<Fault, Frames> => readImage(path)),
      )()
      await rm(folder, { recursive: true, force: true })
      return read
    }),
  )

/** Patches of a picture as the processor of the checkpoint cuts them. */
export const pictureReader = (vision: VisionOptions): ((file: Uint8Array) => TE.TaskEither<Fault, Patches>) => {
  const cut = mediumPatches(vision)
  return file =>
    F.pipe(
      framesOf(file),
      TE.flatMapEither((frames): ReturnType<typeof cut> => cut({ kind: 'image', frames })),
    )
}
