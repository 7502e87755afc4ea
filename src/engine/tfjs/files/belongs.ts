import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { either as E, taskEither as TE } from 'fp-ts'
import { codeOf, fault, messageOf } from '../../../flow/index.ts'
import type { EngineFault } from '../../engine.ts'
import { digestOf } from './digest.ts'
import { unreadable } from './faults.ts'
import { type Manifest, manifestFile } from './manifest.ts'
import { kindOf } from './parts.ts'

/** What is wrong with one file that a manifest names; nothing where it is the file that was saved. */
const wrongWith = async (
  directory: string,
  [name, { bytes, sha256, step }]: readonly [string, Manifest['files'][string]],
): Promise<readonly string[]> => {
  try {
    const found = await digestOf(join(directory, name))
    if (found.bytes !== bytes) return [`${name} has ${found.bytes} bytes, the one saved at step ${step} has ${bytes}`]
    return found.sha256 === sha256
      ? []
      : [
          `${name} is not the one saved at step ${step}: its sha-256 begins with ${found.sha256.slice(0, 12)}, not ${sha256.slice(0, 12)}`,
        ]
  } catch (error) {
    return [codeOf(error) === 'ENOENT' ? `${name} of step ${step} is missing` : `${name}: ${messageOf(error)}`]
  }
}

/**
 * Whether a folder holds just what its manifest says: every file that it names, unchanged, and no part of a checkpoint besides. Files
 * of text (tokenizer, template, generation, preprocessor) may be changed by hand. Reads each other file once. `Left('BadCheckpoint')` names all files that are missing, changed, of another save, or unknown to the manifest.
 */
export const checkBelonging =
  (directory: string, { files }: Manifest): TE.TaskEither<EngineFault, void> =>
  async () => {
    const there = await TE.tryCatch(
      () => readdir(directory),
      error => unreadable(directory, String(error)),
    )()
    if (E.isLeft(there)) return there
    const wrong: string[] = []
    for (const entry of Object.entries(files))
      if (entry[1].kind !== 'text') wrong.push(...(await wrongWith(directory, entry)))
    for (const name of there.right)
      if (kindOf(name) !== undefined && !Object.hasOwn(files, name))
        wrong.push(`${name} is there, the save that ${manifestFile} describes did not write it`)
    return wrong.length === 0
      ? E.right(undefined)
      : E.left(
          fault(
            'BadCheckpoint',
            `${directory}: ${wrong.join('; ')}`,
            `Take all files of one save. If they were changed on purpose, delete ${manifestFile}: the folder is then read as it is.`,
          ),
        )
  }
