import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import { either as E } from 'fp-ts'
import {
  initialise,
  type Parameters,
  type Qwen25VLConfig,
  readConfig,
  readSafetensors,
  readWeights,
  type StoredTensor,
  type WeightFormat,
  writeSafetensors,
  writeWeights,
} from 'kinograd/engine/tfjs'
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { use } from './backends.ts'
import { right } from './golden.ts'
import { tinyConfig } from './tiny-config.ts'
import { fingerprint, tinyEngine } from './tiny-engine.ts'

const tied = tinyConfig
const untied: Qwen25VLConfig = { ...tied, text: { ...tied.text, tied: false } }

let folder = ''
beforeAll(() => use('wasm'), 60_000)
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kinograd-weights-'))
})
afterEach(() => rm(folder, { recursive: true }))

const valuesOf = (parameters: Parameters) => new Map([...parameters].map(([name, p]) => [name, [...p.dataSync()]]))

/** Saves fresh weights and gives their values. */
const written = async (config: Qwen25VLConfig, format: WeightFormat, seed = 1) => {
  const parameters = initialise(config, seed)
  const values = valuesOf(parameters)
  right(await writeWeights(folder, config, parameters, format)())
  tf.dispose([...parameters.values()])
  return values
}

const brain = (x: number): number => {
  const bits = new Uint32Array(Float32Array.of(x).buffer)
  const b = bits[0] as number
  bits[0] = ((b + 0x7fff + ((b >>> 16) & 1)) >>> 16) << 16
  return new Float32Array(bits.buffer)[0] as number
}

describe('weights are read as they were written', () => {
  const schemes = [
    { names: 'hub' as const, q: 'model.layers.0.' },
    { names: 'modules' as const, q: 'model.language_model.layers.0.' },
  ]
  for (const config of [tied, untied])
    for (const { names, q } of schemes)
      for (const shardBytes of [undefined, 20_000])
        for (const dtype of ['F32', 'BF16', 'F16'] as const)
          test(`${config.text.tied ? 'tied' : 'untied'}, ${names}, ${shardBytes === undefined ? 'one file' : 'shards'}, ${dtype}`, async () => {
            const before = await written(config, { names, dtype, ...(shardBytes === undefined ? {} : { shardBytes }) })
            const files = (await readdir(folder)).filter(name => name.endsWith('.safetensors'))
            expect(files.length > 1).toBe(shardBytes !== undefined)
            const stored = right(await readSafetensors(folder)()).tensors
            expect([...stored.keys()].some(name => name.startsWith(q))).toBe(true)
            expect(stored.has('lm_head.weight')).toBe(!config.text.tied)
            expect(new Set([...stored.values()].map(t => t.dtype))).toEqual(new Set([dtype]))
            expect(right(await readConfig(folder)())).toEqual(config)
            const read = right(await readWeights(folder, config)())
            expect(read.names).toBe(names)
            const after = valuesOf(read.parameters)
            tf.dispose([...read.parameters.values()])
            expect([...after.keys()].sort()).toEqual([...before.keys()].sort())
            for (const [name, values] of before) {
              const got = after.get(name) ?? []
              if (dtype === 'F32') expect(got).toEqual(values)
              if (dtype === 'BF16') expect(got).toEqual(values.map(brain))
              if (dtype === 'F16')
                expect(Math.max(...got.map((x, i) => Math.abs(x - (values[i] ?? 9))))).toBeLessThan(2e-3)
            }
          })
})

test('the index names the shard and the bytes of every weight', async () => {
  await written(untied, { shardBytes: 20_000 })
  const index = JSON.parse(await readFile(join(folder, 'model.safetensors.index.json'), 'utf8'))
  const { tensors } = right(await readSafetensors(folder)())
  expect(Object.keys(index.weight_map).sort()).toEqual([...tensors.keys()].sort())
  expect(index.metadata.total_size).toBe([...tensors.values()].reduce((sum, t) => sum + 4 * t.data.length, 0))
  const files = [...new Set(Object.values<string>(index.weight_map))]
  for (const [i, file] of files.entries())
    expect(file).toBe(`model-${String(i + 1).padStart(5, '0')}-of-${String(files.length).padStart(5, '0')}.safetensors`)
})

test('an engine writes under the scheme that it read, unless another is asked for', async () => {
  await written(tied, { names: 'modules' })
  const schemeAfter = async (format: WeightFormat) => {
    const engine = tinyEngine({ format, seed: 5 })
    right(await engine.load(folder, { weightsOnly: true })())
    const at = join(folder, 'again')
    right(await engine.save(at)())
    const other = tinyEngine({ seed: 6 })
    right(await other.load(at)())
    expect(await fingerprint(other)).toEqual(await fingerprint(engine))
    engine.dispose()
    other.dispose()
    return right(await readWeights(at, tied)()).names
  }
  expect(await schemeAfter({})).toBe('modules')
  expect(await schemeAfter({ shardBytes: 30_000 })).toBe('modules')
  expect(await schemeAfter({ names: 'hub' })).toBe('hub')
})

test('weights of an earlier save do not stay beside those of the next', async () => {
  const names = async () => (await readdir(folder)).filter(name => name.startsWith('model')).sort()
  await written(tied, {})
  const sharded = await written(tied, { shardBytes: 40_000 }, 2)
  expect(await names()).not.toContain('model.safetensors')
  expect(valuesOf(right(await readWeights(folder, tied)()).parameters)).toEqual(sharded)
  await written(tied, { shardBytes: 20_000 }, 3)
  const single = await written(tied, {}, 4)
  expect(await names()).toEqual(['model.safetensors'])
  expect(valuesOf(right(await readWeights(folder, tied)()).parameters)).toEqual(single)
})

describe('what is no checkpoint of this model is a fault', () => {
  const bad = (cause: string) => E.left({ _tag: 'BadCheckpoint', cause: expect.stringContaining(cause) })
  const file = () => join(folder, 'model.safetensors')
  const change = async (config: Qwen25VLConfig, made: (all: Map<string, StoredTensor>) => void) => {
    await written(config, {})
    const all = new Map(right(await readSafetensors(file())()).tensors)
    made(all)
    right(await writeSafetensors(file(), all)())
  }
  const norm: StoredTensor = { dtype: 'F32', shape: [32], data: new Float32Array(32) }

  test.each<[string, Qwen25VLConfig, (all: Map<string, StoredTensor>) => void, string]>([
    [
      'both schemes in one file',
      tied,
      all => all.set('model.language_model.norm.weight', norm),
      'named in two ways, model.embed_tokens.weight and model.language_model.norm.weight',
    ],
    [
      'a layer more than config.json says',
      tied,
      all => all.set('model.layers.2.input_layernorm.weight', norm),
      'model.layers.2.input_layernorm.weight is none of the',
    ],
    ['an untied head that is missing', untied, all => all.delete('lm_head.weight'), 'lm_head.weight is missing'],
    [
      'a tied head that is another',
      tied,
      all => all.set('lm_head.weight', { dtype: 'F32', shape: [64, 32], data: new Float32Array(2048) }),
      'lm_head.weight[0] is 0, the embedding that config.json ties it to has',
    ],
    [
      'whole numbers as a weight',
      tied,
      all => all.set('model.norm.weight', { dtype: 'I32', shape: [32], data: new Int32Array(32) }),
      'model.norm.weight has dtype I32',
    ],
  ])('%s', async (_, config, made, cause) => {
    await change(config, made)
    expect(await readWeights(folder, config)()).toMatchObject(bad(cause))
  })

  test('a tied head that is the embedding, and rotary frequencies, are no fault', async () => {
    await change(tied, all => {
      all.set('lm_head.weight', all.get('model.embed_tokens.weight') as StoredTensor)
      all.set('model.layers.0.self_attn.rotary_emb.inv_freq', { dtype: 'F32', shape: [1], data: Float32Array.of(1) })
    })
    const { parameters } = right(await readWeights(folder, tied)())
    expect(parameters.has('lm_head.weight')).toBe(false)
  })

  test('a shard that is missing, cut, or of another model', async () => {
    await written(tied, { shardBytes: 20_000 })
    const shards = (await readdir(folder)).filter(name => name.startsWith('model-')).sort()
    const second = join(folder, shards[1] as string)
    const bytes = await readFile(second)
    await writeFile(second, bytes.subarray(0, bytes.length - 4))
    expect(await readWeights(folder, tied)()).toMatchObject(
      bad(`${bytes.length - 4 - 8 - Number(bytes.readBigUInt64LE())} after its header`),
    )
    await writeFile(second, await readFile(join(folder, shards[0] as string)))
    expect(await readWeights(folder, tied)()).toMatchObject(bad('is missing, the index puts it here'))
    await rm(second)
    expect(await readWeights(folder, tied)()).toMatchObject(bad(`shard ${shards[1]} with `))
  })

  test('what a type cannot hold is not written', async () => {
    const parameters = new Map(initialise(tied, 1))
    const spoilt = (x: number) => parameters.set('model.norm.weight', tf.fill([32], x))
    spoilt(70_000)
    expect(await writeWeights(folder, tied, parameters, { dtype: 'F16' })()).toMatchObject(
      bad('model.norm.weight[0] is 70000, F16 holds finite numbers up to 65519'),
    )
    expect(await writeWeights(folder, tied, parameters, { dtype: 'BF16' })()).toEqual(E.right(undefined))
    spoilt(Number.NaN)
    expect(await writeWeights(join(folder, 'n'), tied, parameters)()).toMatchObject(bad('model.norm.weight[0] is NaN'))
    expect(await readdir(folder)).not.toContain('n')
  })

  test('a folder that cannot be written', async () => {
    await writeFile(join(folder, 'plain'), '')
    const parameters = initialise(tied, 1)
    expect(await writeWeights(join(folder, 'plain'), tied, parameters)()).toMatchObject(bad('cannot be written'))
  })
})
