import { join } from 'node:path'
import { either as E, function as F, taskEither as TE } from 'fp-ts'
import { messageOf } from '../../flow/index.ts'
import type { EngineFault } from '../engine.ts'
import { checkpointFolder } from './checkpoint-folder.ts'
import { ifThere, readJsonObject, tokenizerBytes } from './json-file.ts'
import { templateOf } from './template-files.ts'
import { badTokenizer, type Tokenizer, type TokenizerFiles, tokenizerOf } from './tokenizer.ts'

/**
 * The tokenizer of a checkpoint's folder, or of a hub's cache (`checkpointFolder`), as Hugging Face's `AutoTokenizer` has it:
 * `tokenizer.json` and `tokenizer_config.json`; the chat template from `chat_template.jinja`, `chat_template.json` or the config, the
 * first that is there, else Qwen2.5-VL's; stop tokens from `generation_config.json`. Where a folder has several templates, `template`
 * names one; "default" when not given. Memory: the vocabulary, about 100 MB for Qwen2.5's 151,665 tokens. `Left('BadTokenizer')` where a
 * file is missing or not what it should be, or no template has the name.
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
export const loadTokenizer = (
  directory: string,
  { template: asked }: { readonly template?: string } = {},
): TE.TaskEither<EngineFault, Tokenizer> =>
  F.pipe(
    checkpointFolder(directory),
    TE.mapLeft(({ cause, remedy }) => badTokenizer(cause, remedy)),
    TE.flatMap(folder =>
      TE.tryCatch(
        async (): Promise<E.Either<EngineFault, TokenizerFiles>> => {
          const tokenizer = await readJsonObject(join(folder, 'tokenizer.json'), tokenizerBytes)
          const config = await readJsonObject(join(folder, 'tokenizer_config.json'))
          const generation = await ifThere(readJsonObject(join(folder, 'generation_config.json')))
          const found = await templateOf(folder, config, asked)
          return E.map((template: string | undefined) => ({
            ...{ tokenizer, config },
            ...(template === undefined ? {} : { template }),
            ...(generation === undefined ? {} : { generation }),
          }))(found)
        },
        error => badTokenizer(`${folder}: ${messageOf(error)}`),
      ),
    ),
    TE.flatMapEither(E.flatMap(tokenizerOf)),
  )
