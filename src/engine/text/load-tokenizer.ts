import { join } from 'node:path'
import { taskEither as TE } from 'fp-ts'
import { messageOf } from '../../flow/index.ts'
import type { EngineFault } from '../engine.ts'
import { ifThere, readJsonObject, readShortFile, tokenizerBytes } from './json-file.ts'
import { badTokenizer, type Tokenizer, type TokenizerFiles, tokenizerOf } from './tokenizer.ts'

/**
 * The tokenizer of a checkpoint's folder, as Hugging Face's `AutoTokenizer` has it: `tokenizer.json` and `tokenizer_config.json`; the
 * chat template from `chat_template.jinja`, `chat_template.json` or the config, the first that is there, else Qwen2.5-VL's. Memory: the
 * vocabulary, about 100 MB for Qwen2.5's 151,665 tokens. `Left('BadTokenizer')` where a file is missing or not what it should be.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { mkdtemp, rm } from 'node:fs/promises'
 * import { tmpdir } from 'node:os'
 * import { join } from 'node:path'
 * import { either as E } from 'fp-ts'
 * import { loadTokenizer } from 'kinograd/engine'
 * import { tinyPolicy } from 'kinograd/engine/tfjs'
 *
 * // A folder as a hub has it; here that of a tiny policy.
 * const folder = await mkdtemp(join(tmpdir(), 'checkpoint-'))
 * const { engine, write } = tinyPolicy()
 * await write(folder)()
 *
 * const tokenizer = await loadTokenizer(folder)()
 * assert(E.isRight(tokenizer))
 * const ids = tokenizer.right.encode('Two red balls.<|im_end|>')
 * assert(E.isRight(ids))
 * assert.equal(ids.right.at(-1), tokenizer.right.eos)
 * assert.equal(tokenizer.right.decode(ids.right, { skipSpecial: true }), 'Two red balls.')
 * engine.dispose()
 * await rm(folder, { recursive: true })
 * ```
 */
export const loadTokenizer = (directory: string): TE.TaskEither<EngineFault, Tokenizer> =>
  TE.flatMapEither(
    TE.tryCatch(
      async (): Promise<TokenizerFiles> => {
        const tokenizer = await readJsonObject(join(directory, 'tokenizer.json'), tokenizerBytes)
        const config = await readJsonObject(join(directory, 'tokenizer_config.json'))
        const template =
          (await ifThere(readShortFile(join(directory, 'chat_template.jinja')))) ??
          (await ifThere(readJsonObject(join(directory, 'chat_template.json'))))?.chat_template ??
          config.chat_template
        return { tokenizer, config, ...(typeof template === 'string' ? { template } : {}) }
      },
      error => badTokenizer(`${directory}: ${messageOf(error)}`),
    ),
    tokenizerOf,
  )
