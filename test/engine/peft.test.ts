import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import { either as E } from 'fp-ts'
import {
  type AdapterShape,
  disposeAdapter,
  initAdapter,
  readAdapter,
  readSafetensors,
  writeAdapter,
  writeSafetensors,
} from 'kinograd/engine/tfjs'
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { use } from './backends.ts'
import { right } from './golden.ts'
import { livelyAdapter, shapeOf } from './tiny-adapter.ts'
import { tinyConfig } from './tiny-config.ts'
import { fingerprint, tinyEngine } from './tiny-engine.ts'

let folder = ''
beforeAll(() => use('wasm'), 60_000)
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kinograd-peft-'))
})
afterEach(() => rm(folder, { recursive: true }))

const bad = (cause: string) =>
  E.left(expect.objectContaining({ _tag: 'BadAdapter', cause: expect.stringContaining(cause) }))
const file = (): string => join(folder, 'adapter_model.safetensors')

const saved = async (shape: Partial<AdapterShape> = {}): Promise<void> => {
  const adapter = livelyAdapter(shape)
  right(await writeAdapter(folder, adapter)())
  disposeAdapter(adapter)
}

/** Rewrites adapter_config.json. */
const configure = async (fields: object): Promise<void> => {
  await saved()
  const path = join(folder, 'adapter_config.json')
  await writeFile(path, JSON.stringify({ ...JSON.parse(await readFile(path, 'utf8')), ...fields }))
}

type Change = (
  name: string,
  data: Float32Array,
  shape: readonly number[],
) => readonly [string, Float32Array, readonly number[]] | undefined

/** Rewrites the matrices. */
const change = async (made: Change): Promise<void> => {
  await saved()
  const { tensors } = right(await readSafetensors(file())())
  const next = [...tensors].flatMap(([name, { data, shape }]) => {
    const to = made(name, data as Float32Array, shape)
    return to === undefined ? [] : [[to[0], { dtype: 'F32', data: to[1], shape: to[2] }] as const]
  })
  right(await writeSafetensors(file(), new Map(next))())
}

const q = 'base_model.model.model.language_model.layers.0.self_attn.q_proj.lora_A.weight'

describe("PEFT's files", () => {
  test('are written under the names of transformers since 4.52', async () => {
    await saved({ targets: ['q_proj', 'attn.qkv'] })
    const { tensors } = right(await readSafetensors(file())())
    const names = [
      'language_model.layers.0.self_attn.q_proj',
      'language_model.layers.1.self_attn.q_proj',
      'visual.blocks.0.attn.qkv',
      'visual.blocks.1.attn.qkv',
    ]
    const expected = names.flatMap(n => ['A', 'B'].map(m => `base_model.model.model.${n}.lora_${m}.weight`))
    expect([...tensors.keys()].sort()).toEqual(expected.sort())
    expect(tensors.get(q)?.shape).toEqual([3, 32])
  })

  test('are read under the names from before, the regular expression too', async () => {
    await change((name, data, shape) => [
      name.replace('model.language_model.', 'model.').replace('model.model.visual', 'model.visual'),
      data,
      shape,
    ])
    await writeFile(
      join(folder, 'adapter_config.json'),
      JSON.stringify({
        peft_type: 'LORA',
        r: 3,
        lora_alpha: 6,
        target_modules: String.raw`(model\.layers|visual)\..*_proj`,
      }),
    )
    const [adapter, same] = [right(await readAdapter(folder, tinyConfig)()), livelyAdapter()]
    const [one, other] = [tinyEngine({ adapter }), tinyEngine({ adapter: same })]
    expect(await fingerprint(one)).toEqual(await fingerprint(other))
    one.dispose()
    other.dispose()
  })

  test.each([
    [{ alpha: 6, rslora: true }, { alpha: 6 * Math.sqrt(3) }],
    [
      { alpha: 6, excludes: ['mlp.up_proj', 'down_proj'] },
      { targets: ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj'] },
    ],
  ])('%j is honoured', async (given, same) => {
    const adapters = [given, same].map(shape => {
      const adapter = livelyAdapter(shape)
      const filled = [...adapter.matrices].map(([name, x]) => [name, tf.fill(x.shape, 0.05)] as const)
      disposeAdapter(adapter)
      return { ...adapter, matrices: new Map(filled) }
    })
    right(await writeAdapter(folder, adapters[0] as never)())
    const engines = [right(await readAdapter(folder, tinyConfig)()), ...adapters].map(adapter =>
      tinyEngine({ adapter }),
    )
    const [read, one, other] = await Promise.all(engines.map(fingerprint))
    expect(read).toEqual(one)
    for (const [i, lp] of (one ?? []).entries()) expect(lp).toBeCloseTo(other?.[i] ?? Number.NaN, 4)
    for (const engine of engines) engine.dispose()
  })

  test.each<readonly [object, string]>([
    [{ bias: 'all' }, 'bias is "all"'],
    [{ use_dora: true }, 'use_dora is true'],
    [{ modules_to_save: ['lm_head'] }, 'modules_to_save is ["lm_head"]'],
    [{ lora_dropout: 0.1 }, 'lora_dropout is 0.1, this engine has 0'],
    [{ rank_pattern: { q_proj: 4 } }, 'rank_pattern'],
    [{ layers_to_transform: [0] }, 'layers_to_transform'],
    [{ init_lora_weights: 'pissa' }, 'init_lora_weights is "pissa"'],
    [{ fan_in_fan_out: true }, 'fan_in_fan_out'],
    [{ an_option_of_tomorrow: 3 }, 'an_option_of_tomorrow is 3'],
    [{ peft_type: 'IA3' }, 'peft_type is "IA3"'],
    [{ r: '8' }, 'r is "8", not a number'],
    [{ r: 2.5 }, 'the rank is 2.5'],
    [{ target_modules: null }, 'target_modules is null'],
    [{ target_modules: ['q_proj', 'c_attn'] }, '"c_attn" is none'],
    [{ target_modules: '.*c_attn' }, '".*c_attn" is none'],
    [{ target_modules: '(?P<x>q_proj)' }, 'target_modules "(?P<x>q_proj)"'],
    [{ target_modules: ['q_proj', 'embed_tokens'] }, 'model.embed_tokens is a target'],
    [{ r: 4 }, 'lora_A.weight has shape [3,32], rank and model need [4,32]'],
    [{ target_modules: ['q_proj'] }, 'is there, the targets of adapter_config.json have no such matrix'],
    [{ target_modules: 'all-linear' }, 'is missing'],
  ])('%j: BadAdapter', async (fields, cause) => {
    await configure(fields)
    expect(await readAdapter(folder, tinyConfig)()).toEqual(bad(cause))
  })

  test.each<readonly [string, Change, string]>([
    ['missing', (name, ...rest) => (name === q ? undefined : [name, ...rest]), 'q_proj.lora_A.weight is missing'],
    [
      'of another shape',
      (name, ...rest) => (name === q ? [name, new Float32Array(6), [3, 2]] : [name, ...rest]),
      'has shape [3,2], rank and model need [3,32]',
    ],
    [
      'not finite',
      (name, data, shape) => [name, name === q ? data.fill(Number.NaN, 5, 6) : data, shape],
      'lora_A.weight[5] is NaN',
    ],
    [
      'of an embedding',
      (name, ...rest) => [name.replace('lora_A', 'lora_embedding_A'), ...rest],
      'lora_embedding_A.weight is there',
    ],
  ])('a matrix %s: BadAdapter', async (_, made, cause) => {
    await change(made)
    expect(await readAdapter(folder, tinyConfig)()).toEqual(bad(cause))
  })

  test('no file, or none that is JSON: a Left that names it', async () => {
    expect(await readAdapter(join(folder, 'nowhere'), tinyConfig)()).toEqual(bad('adapter_config.json'))
    await saved()
    await writeFile(join(folder, 'adapter_config.json'), '{')
    expect(await readAdapter(folder, tinyConfig)()).toEqual(bad('adapter_config.json'))
    await saved()
    await writeFile(file(), 'hello')
    expect(await readAdapter(folder, tinyConfig)()).toMatchObject(E.left({ _tag: 'BadCheckpoint' }))
  })

  test.each<readonly [Partial<AdapterShape>, string]>([
    [{ rank: 2 }, "the adapter has rank 3, the engine's has 2"],
    [{ alpha: 3 }, "the adapter has scale 2, the engine's has 1"],
    [{ targets: ['q_proj'] }, '(40 against 4)'],
  ])('into an engine of another shape, %j: BadAdapter, and the engine goes on as it was', async (shape, cause) => {
    await saved()
    const engine = tinyEngine({ adapter: livelyAdapter(shape) })
    const before = await fingerprint(engine)
    const { numTensors } = tf.memory()
    expect(await engine.load(folder)()).toEqual(bad(cause))
    expect(tf.memory().numTensors).toBe(numTensors)
    expect(await fingerprint(engine)).toEqual(before)
    engine.dispose()
  })

  test('into an engine without an adapter: BadAdapter', async () => {
    await saved()
    const engine = tinyEngine()
    expect(await engine.load(folder)()).toEqual(bad('the engine has none'))
    engine.dispose()
  })
})

test('a fresh adapter has A within ±1/√in, B zero, and the same numbers for the same seed', () => {
  const [one, same, other] = [1, 1, 2].map(seed => right(initAdapter(tinyConfig, shapeOf(), seed)))
  const values = (of: typeof one) => [...(of?.matrices ?? [])].map(([name, x]) => [name, x.dataSync()] as const)
  expect(values(one)).toEqual(values(same))
  expect(values(one)).not.toEqual(values(other))
  for (const [name, x] of values(one)) {
    const inputs = (one?.matrices.get(name)?.shape[1] ?? 0) as number
    const bound = name.includes('lora_B') ? 0 : 1 / Math.sqrt(inputs)
    const largest = Math.max(...x.map(Math.abs))
    expect(largest).toBeLessThanOrEqual(bound)
    expect(largest).toBeGreaterThanOrEqual(0.8 * bound)
  }
  for (const adapter of [one, same, other]) if (adapter !== undefined) disposeAdapter(adapter)
})
