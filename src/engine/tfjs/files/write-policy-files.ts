import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { taskEither as TE } from 'fp-ts'
import type { EngineFault } from '../../engine.ts'
import { unwritable } from './faults.ts'
import type { PolicyFiles } from './policy-files.ts'

/**
 * Writes what stands beside weights or adapter. config.json is left out: weights have one that is made of their sizes, and beside an adapter
 * transformers 5 takes it for that of whole weights in the same folder.
 */
export const writePolicyFiles = (directory: string, files: PolicyFiles): TE.TaskEither<EngineFault, void> =>
  TE.tryCatch(async () => {
    for (const [name, bytes] of files) if (name !== 'config.json') await writeFile(join(directory, name), bytes)
  }, unwritable(directory))
