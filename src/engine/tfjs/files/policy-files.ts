import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { either as E, function as F, taskEither as TE } from 'fp-ts'
import { messageOf } from '../../../flow/index.ts'
import { parseJson } from '../../../untrusted/index.ts'
import type { EngineFault } from '../../engine.ts'
import { checkpointFolder } from '../../text/checkpoint-folder.ts'
import { ifThere, isJsonObject, type JsonObject, tokenizerBytes } from '../../text/json-file.ts'
import { unreadable } from './faults.ts'
import { companions } from './parts.ts'

/**
 * The files of a checkpoint that stand beside its weights, by name: tokenizer, chat template, generation, preprocessor, and config.json,
 * whose sizes are brought up to date when it is written. What `save` writes with weights or adapter, so that others load the folder.
 */
export type PolicyFiles = ReadonlyMap<string, Uint8Array>

/** A value as a file of JSON has it. */
export const jsonBytes = (value: unknown): Uint8Array => Buffer.from(`${JSON.stringify(value, null, 2)}\n`)

/** The object that one of the files holds; nothing where it is not there or holds none. */
export const objectIn = (files: PolicyFiles, name: string): JsonObject | undefined => {
  const bytes = files.get(name)
  const parsed = bytes === undefined ? undefined : parseJson(Buffer.from(bytes).toString('utf8'))
  return parsed !== undefined && E.isRight(parsed) && isJsonObject(parsed.right) ? parsed.right : undefined
}

const tokenFields = ['bos_token_id', 'eos_token_id', 'pad_token_id'] as const

/**
 * A generation_config.json for folders without one: transformers then takes the tokens from config.json, as here, and stops at no other.
 * Without either the file is left out.
 */
const withGeneration = (files: PolicyFiles): PolicyFiles => {
  const config = objectIn(files, 'config.json')
  if (files.has('generation_config.json') || config === undefined) return files
  const nested = isJsonObject(config.text_config) ? config.text_config : {}
  const fields = tokenFields.flatMap(name => {
    const id = config[name] ?? nested[name]
    return id === undefined || id === null ? [] : [[name, id] as const]
  })
  return fields.some(([name]) => name === 'eos_token_id')
    ? new Map([...files, ['generation_config.json', jsonBytes(Object.fromEntries(fields))]])
    : files
}

const readShort = async (path: string): Promise<Uint8Array> => {
  const { size } = await stat(path)
  if (size > tokenizerBytes) throw new Error(`${path} has ${size} bytes, at most ${tokenizerBytes} are read`)
  return readFile(path)
}

/**
 * Reads the files of a checkpoint that are neither weights nor adapter, for `tfjsEngine({ files })`. What is not there is left out; a
 * generation_config.json is made of config.json's tokens. Memory: their bytes, 11 MB for Qwen2.5-VL. `Left('BadCheckpoint')` where one
 * cannot be read. `loadPolicy` does it for you.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { mkdtemp, readdir, rm } from 'node:fs/promises'
 * import { tmpdir } from 'node:os'
 * import { join } from 'node:path'
 * import { either as E } from 'fp-ts'
 * import { adamw, initialise, readPolicyFiles, tfjsEngine, tinyPolicy } from 'kinograd/engine/tfjs'
 *
 * const folder = await mkdtemp(join(tmpdir(), 'checkpoint-'))
 * const { engine, config, write } = tinyPolicy()
 * await write(folder)()
 * const files = await readPolicyFiles(folder)()
 * assert(E.isRight(files))
 *
 * // Fresh weights with the tokenizer of that folder.
 * const optimiser = adamw({ beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0 })
 * const other = tfjsEngine({ config, parameters: initialise(config, 1), optimiser, files: files.right })
 * await other.save(join(folder, 'other'))()
 * assert((await readdir(join(folder, 'other'))).includes('tokenizer.json'))
 * for (const one of [engine, other]) one.dispose()
 * await rm(folder, { recursive: true })
 * ```
 */
export const readPolicyFiles = (directory: string): TE.TaskEither<EngineFault, PolicyFiles> =>
  F.pipe(
    checkpointFolder(directory),
    TE.flatMap(folder =>
      TE.tryCatch(
        async () => {
          const found: [string, Uint8Array][] = []
          for (const name of companions) {
            const bytes = await ifThere(readShort(join(folder, name)))
            if (bytes !== undefined) found.push([name, bytes])
          }
          return withGeneration(new Map(found))
        },
        error => unreadable(folder, messageOf(error)),
      ),
    ),
  )
