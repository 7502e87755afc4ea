import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { either as E } from 'fp-ts'
import { loadPreprocessor } from 'kinograd/engine'
import { readAdapter, readConfig, readSafetensors, readWeights } from 'kinograd/engine/tfjs'
import { readManifest } from '../../src/engine/tfjs/files/manifest.ts'
import { brackets, type Hostile, hole, type Outcome, outcomeOf, put } from './case.ts'

type Json = Record<string, unknown>

/** A copy of the checkpoint without what is too large to copy often. */
const copyOf = async (folder: string): Promise<string> => {
  const copy = join(folder, 'copy')
  await rm(copy, { recursive: true, force: true })
  await cp(join(folder, 'checkpoint'), copy, { recursive: true })
  return copy
}
const changed = async (copy: string, name: string, change: (json: Json) => Json): Promise<void> => {
  const path = join(copy, name)
  await writeFile(path, JSON.stringify(change(JSON.parse(await readFile(path, 'utf8')) as Json)))
}

/** Reads settings and weights, as `loadPolicy` does first. */
const loaded = async (copy: string): Promise<Outcome> => {
  const config = await readConfig(copy)()
  return outcomeOf(E.isLeft(config) ? config : await readWeights(copy, config.right)())
}

const config = (name: string, change: (json: Json) => Json): Hostile => ({
  name: `config.json: ${name}`,
  tag: 'BadCheckpoint',
  run: async folder => {
    const copy = await copyOf(folder)
    await changed(copy, 'config.json', change)
    return loaded(copy)
  },
})
const replaced = (name: string, file: string, content: string): Hostile => ({
  name: `${file}: ${name}`,
  tag: 'BadCheckpoint',
  run: async folder => {
    const copy = await copyOf(folder)
    await put(copy, file, content)
    return file === 'preprocessor_config.json' ? outcomeOf(await loadPreprocessor(copy)()) : loaded(copy)
  },
})
const preprocessor = (name: string, change: Json): Hostile => ({
  name: `preprocessor_config.json: ${name}`,
  tag: 'BadCheckpoint',
  run: async folder => {
    const copy = await copyOf(folder)
    await changed(copy, 'preprocessor_config.json', json => ({ ...json, ...change }))
    return outcomeOf(await loadPreprocessor(copy)())
  },
})

const headed = (header: string, length = BigInt(Buffer.byteLength(header))): Uint8Array => {
  const prefix = Buffer.alloc(8)
  prefix.writeBigUInt64LE(length)
  return Buffer.concat([prefix, Buffer.from(header)])
}
const tensor = (fields: object = {}) => ({ dtype: 'F32', shape: [2], data_offsets: [0, 8], ...fields })

/** A safetensors file with this header, and so many bytes behind it. */
const header = (name: string, given: () => unknown, bytes = 8): Hostile => ({
  name: `safetensors: ${name}`,
  tag: 'BadCheckpoint',
  run: async folder => {
    const made = given()
    const text = typeof made === 'string' ? made : JSON.stringify(made)
    return outcomeOf(
      await readSafetensors(await put(folder, 'a.safetensors', Buffer.concat([headed(text), Buffer.alloc(bytes)])))(),
    )
  },
})

const adapter = (name: string, change: Json, raw?: string): Hostile => ({
  name: `adapter: ${name}`,
  tag: 'BadAdapter',
  run: async folder => {
    const model = await readConfig(join(folder, 'checkpoint'))()
    if (E.isLeft(model)) return outcomeOf(model)
    const at = join(folder, 'adapter')
    await mkdir(at, { recursive: true })
    const json = { peft_type: 'LORA', r: 2, lora_alpha: 4, target_modules: ['q_proj'], ...change }
    await put(at, 'adapter_config.json', raw ?? JSON.stringify(json))
    await put(at, 'adapter_model.safetensors', headed('{}'))
    return outcomeOf(await readAdapter(at, model.right)())
  },
})
const slow = '(?:([a-z0-9_.]+)+)+!'

export const checkpoints: readonly Hostile[] = [
  config('a thousand million layers', json => ({ ...json, num_hidden_layers: 1e9 })),
  config('1,000 layers, of which the files hold none', json => ({ ...json, num_hidden_layers: 1000 })),
  config('a vocabulary of 2^31', json => ({ ...json, vocab_size: 2 ** 31 })),
  config('a vocabulary of 4 million, of which the files hold none', json => ({ ...json, vocab_size: 4e6 })),
  config('a hidden size of 10^300', json => ({ ...json, hidden_size: 1e300 })),
  config('sizes that are long texts', json => ({ ...json, hidden_size: 'x'.repeat(5e6), vocab_size: [brackets] })),
  config('a tower of 2^40 blocks', json => ({
    ...json,
    vision_config: { ...(json.vision_config as Json), depth: 2 ** 40 },
  })),
  config('patches of 10^6 pixels', json => ({
    ...json,
    vision_config: { ...(json.vision_config as Json), patch_size: 1e6 },
  })),
  config('a million blocks that see all', json => ({
    ...json,
    vision_config: { ...(json.vision_config as Json), fullatt_block_indexes: Array.from({ length: 1e6 }, () => 9e9) },
  })),
  replaced('200,000 open brackets', 'config.json', brackets),
  replaced('200,000 objects', 'config.json', '{"a":'.repeat(2e5)),
  replaced('200,000 open brackets', 'model.safetensors', brackets),
  {
    name: 'kinograd.manifest.json: 200,000 open brackets',
    tag: 'BadCheckpoint',
    run: async folder => {
      await put(folder, 'kinograd.manifest.json', brackets)
      return outcomeOf(await readManifest(folder)())
    },
  },
  replaced('200,000 open brackets', 'preprocessor_config.json', brackets),
  preprocessor('patches of 10^9', { patch_size: 1e9 }),
  preprocessor('half a patch', { merge_size: 0.5 }),
  preprocessor('pictures enlarged to 10^15 pixels', { min_pixels: 1e15, max_pixels: 1e16 }),
  preprocessor('no deviation', { image_std: [0, 0, 0] }),
  {
    name: 'config.json of a gigabyte',
    tag: 'BadCheckpoint',
    run: async folder => {
      const copy = await copyOf(folder)
      await hole(copy, 'config.json', 1e9)
      return loaded(copy)
    },
  },
  header('200,000 open brackets', () => brackets),
  header('a nested entry', () => `{"a":${brackets}`),
  header('100,000 tensors in one place', () =>
    Object.fromEntries(
      Array.from({ length: 1e5 }, (_, i) => [`t${i}`, { dtype: 'F32', shape: [2], data_offsets: [0, 8] }]),
    ),
  ),
  header('tensors that overlap', () => ({ a: tensor(), b: tensor({ data_offsets: [4, 12] }) }), 12),
  header('a negative offset', () => ({ a: tensor({ data_offsets: [-8, 0] }) })),
  header('an offset beyond all', () => ({ a: tensor({ data_offsets: [0, 2 ** 60] }) })),
  header('a negative size', () => ({ a: tensor({ shape: [-1, -2] }) })),
  header('sizes whose product is beyond all numbers', () => ({ a: tensor({ shape: [2 ** 52, 2 ** 52, 2 ** 52] }) })),
  header(
    'a million dimensions',
    () => ({ a: tensor({ shape: Array.from({ length: 1e6 }, () => 1), data_offsets: [0, 4] }) }),
    4,
  ),
  header('a type with a long name', () => ({ a: tensor({ dtype: 'F'.repeat(1e6) }) })),
  header('a tensor with a long name', () => ({ ['\u001b[2J'.repeat(3e5)]: tensor({ dtype: 'X' }) })),
  {
    name: 'safetensors: a header of 2^63 bytes',
    tag: 'BadCheckpoint',
    run: async folder =>
      outcomeOf(await readSafetensors(await put(folder, 'a.safetensors', headed('{}', 2n ** 63n)))()),
  },
  {
    name: 'safetensors: a header of 90 MB',
    tag: 'BadCheckpoint',
    run: async folder => {
      const path = await hole(folder, 'a.safetensors', 0, headed('{}', 90_000_000n))
      await writeFile(path, Buffer.alloc(1), { flag: 'r+' })
      return outcomeOf(await readSafetensors(path)())
    },
  },
  {
    name: 'safetensors: 4 GB of a tensor that the model has not',
    tag: 'BadCheckpoint',
    run: async folder => {
      const copy = await copyOf(folder)
      const bytes = 2 ** 32
      const head = headed(JSON.stringify({ stranger: { dtype: 'U8', shape: [bytes], data_offsets: [0, bytes] } }))
      const path = await hole(copy, 'model.safetensors', head.length + bytes)
      await writeFile(path, head, { flag: 'r+' })
      return loaded(copy)
    },
  },
  {
    name: 'model.safetensors.index.json: a shard outside, and 100,000 more',
    tag: 'BadCheckpoint',
    run: async folder => {
      const copy = await copyOf(folder)
      await rm(join(copy, 'model.safetensors'))
      const map = Object.fromEntries(Array.from({ length: 1e5 }, (_, i) => [`t${i}`, i === 0 ? '../../x' : `s${i}`]))
      await put(copy, 'model.safetensors.index.json', JSON.stringify({ weight_map: map }))
      return loaded(copy)
    },
  },
  adapter('a pattern of targets that never ends', { target_modules: slow }),
  adapter('a pattern of exceptions that never ends', { target_modules: 'all-linear', exclude_modules: slow }),
  adapter('a pattern of a megabyte', { target_modules: '(a|b)'.repeat(2e5) }),
  adapter('a pattern that is none', { target_modules: '('.repeat(2e5) }),
  adapter('a million targets', {
    target_modules: Array.from({ length: 1e6 }, (_, i) => (i < 999_999 ? 'q_proj' : 'none')),
  }),
  adapter('a rank of 10^9', { r: 1e9 }),
  adapter('a rank that is a long text', { r: 'x'.repeat(1e7) }),
  adapter('200,000 open brackets', {}, brackets),
  adapter('an option with 10^6 fields', {
    lora_dropout: Object.fromEntries(Array.from({ length: 1e5 }, (_, i) => [i, i])),
  }),
]
