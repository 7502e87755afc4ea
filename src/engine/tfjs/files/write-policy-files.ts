import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { taskEither as TE } from 'fp-ts'
import type { EngineFault } from '../../engine.ts'
import { unwritable } from './faults.ts'
import type { PolicyFiles } from './policy-files.ts'

/** Writes what stands beside weights or adapter. */
export const writePolicyFiles = (directory: string, files: PolicyFiles): TE.TaskEither<EngineFault, void> =>
  TE.tryCatch(async () => {
    for (const [name, bytes] of files) await writeFile(join(directory, name), bytes)
  }, unwritable(directory))
