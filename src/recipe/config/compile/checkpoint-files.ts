import { copyFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { taskEither as TE } from 'fp-ts'
import { type Fault, fault, messageOf } from '../../../flow/index.ts'

/** Files of a checkpoint that training does not change, and that a folder needs to be loaded by others. */
const unchanged =
  /^(?:generation_config\.json|tokenizer.*\.(?:json|model)|vocab\.json|merges\.txt|special_tokens_map\.json|added_tokens\.json|chat_template\.(?:jinja|json)|(?:video_)?preprocessor_config\.json|processor_config\.json)$/

/**
 * Copies the tokenizer, the chat template, and the settings of generation and preprocessing beside weights that were saved, so that the
 * folder is whole: transformers loads it as it stands.
 */
export const completeCheckpoint = (from: string, to: string): TE.TaskEither<Fault, void> =>
  TE.tryCatch(
    async () => {
      for (const name of await readdir(from)) if (unchanged.test(name)) await copyFile(join(from, name), join(to, name))
    },
    error =>
      fault(
        'CannotWrite',
        `${to} cannot be completed: ${messageOf(error)}`,
        'Check the folders and their permissions.',
      ),
  )
