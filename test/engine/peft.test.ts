import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import { either as E } from 'fp-ts'
import {
  type AdapterShape,
  disposeAdapter,
  initAdapter,
  initialise,
  mergeAdapter,
  readAdapter,
  readSafetensors,
  writeAdapter,
  writeSafetensors,
} from 'kinograd/engine/tfjs'
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { adapterScales } from '../../src/engine/tfjs/lora/adapter.ts'
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

  test.each<readonly [Partial<AdapterShape>, readonly string[]]>([
    [{ layers: [1] }, ['layers.1.', 'blocks.1.']],
    [{ layers: [0, 1], layersPattern: ['blocks'] }, ['visual.blocks.0.', 'visual.blocks.1.']],
    [{ layers: [1], layersPattern: ['h', 'language_model.layers', 'blocks'] }, ['layers.1.', 'visual.blocks.1.']],
    [{ targets: String.raw`(?i)(?P<at>.*)\.BLOCKS\.(?:[0]|1)\.attn\.qkv\Z` }, ['blocks.0.', 'blocks.1.']],
  ])('of %j stand where PEFT puts them', async (shape, places) => {
    const adapter = livelyAdapter({ targets: ['q_proj', 'attn.qkv'], ...shape })
    const names = [...adapter.matrices.keys()]
    for (const name of names)
      expect(
        places.some(place => name.includes(place)),
        name,
      ).toBe(true)
    for (const place of places)
      expect(
        names.some(name => name.includes(place)),
        place,
      ).toBe(true)
    right(await writeAdapter(folder, adapter)())
    const read = right(await readAdapter(folder, tinyConfig)())
    expect([...read.matrices.keys()].sort()).toEqual(names.toSorted())
    for (const one of [adapter, read]) disposeAdapter(one)
  })

  test('with ranks and alphas by pattern, and dropout, come back as they went, the merged weights too', async () => {
    const shape = {
      targets: ['q_proj', 'down_proj', 'qkv'],
      rankPattern: { 'layers.0.self_attn.q_proj': 5, '.*down_proj': 1, q_proj: 2 },
      alphaPattern: { 'model.layers.1.self_attn.q_proj': 9, 'visual.blocks.1.attn.qkv': 1 },
      dropout: 0.25,
    }
    const adapter = livelyAdapter(shape)
    const rankOf = (module: string) => adapter.matrices.get(`${module}.lora_A.weight`)?.shape[0]
    const modules = [
      'model.layers.0.self_attn.q_proj',
      'model.layers.1.self_attn.q_proj',
      'model.layers.1.mlp.down_proj',
      'visual.blocks.1.attn.qkv',
    ]
    expect(modules.map(rankOf)).toEqual([5, 2, 1, 3])
    right(await writeAdapter(folder, adapter)())
    const read = right(await readAdapter(folder, tinyConfig)())
    const { matrices: _, ...back } = read
    expect(back).toEqual({ rank: 3, alpha: 6, ...shape })
    expect(modules.map(module => adapterScales(read).get(module))).toEqual([6 / 5, 9 / 2, 6, 1 / 3])
    const engine = tinyEngine({ adapter: read })
    const weights = initialise(tinyConfig, 3)
    const merged = tinyEngine({ parameters: mergeAdapter(weights, adapter) })
    const [beside, inside] = [await fingerprint(engine), await fingerprint(merged)]
    for (const [i, value] of beside.entries()) expect(value).toBeCloseTo(inside[i]!, 4)
    right(await engine.load(folder)())
    for (const one of [engine, merged]) one.dispose()
    disposeAdapter(adapter)
  })

  test.each<readonly [object, string]>([
    [{ bias: 'all' }, 'bias is "all"'],
    [{ use_dora: true }, 'use_dora is true'],
    [{ modules_to_save: ['lm_head'] }, 'modules_to_save is ["lm_head"]'],
    [{ bias: 'lora_only' }, 'biases of the model were trained beside the adapter'],
    [{ use_dora: true }, 'a DoRA adapter, which scales the columns of its weights'],
    [{ modules_to_save: ['lm_head'] }, 'whole modules were trained beside the adapter'],
    [{ trainable_token_indices: [5] }, 'embeddings of single tokens were trained'],
    [{ lora_dropout: 1 }, 'lora_dropout is 1, not a share below 1'],
    [{ lora_dropout: '0.1' }, 'lora_dropout is "0.1", not a number'],
    [{ rank_pattern: { q_proj: 4 } }, 'q_proj.lora_A.weight has shape [3,32], rank and model need [4,32]'],
    [{ rank_pattern: { q_proj: 0 } }, 'rank_pattern of "q_proj" is 0, not a whole number above 0'],
    [{ rank_pattern: { '(q': 4 } }, 'rank_pattern'],
    [{ alpha_pattern: { q_proj: 'x' } }, 'alpha_pattern is {"q_proj":"x"}, not numbers by patterns'],
    [{ alpha_pattern: { 'a++': 3 } }, 'a possessive quantifier at character'],
    [{ layers_to_transform: [0] }, 'layers.1.mlp.down_proj.lora_A.weight is there'],
    [{ layers_to_transform: [0.5] }, 'layers_to_transform is [0.5], not whole numbers'],
    [
      { layers_to_transform: [0], target_modules: '.*q_proj' },
      'layers_to_transform is [0] beside the pattern ".*q_proj"',
    ],
    [{ layers_to_transform: [7] }, '["q_proj","k_proj","v_proj","o_proj","gate_proj","up_proj","down_proj"] is none'],
    [{ target_modules: '(?i:.*Q_proj)' }, 'it has flags for a group (?i:…) at character 0'],
    [{ init_lora_weights: 'pissa' }, 'init_lora_weights is "pissa"'],
    [{ fan_in_fan_out: true }, 'fan_in_fan_out'],
    [{ an_option_of_tomorrow: 3 }, 'an_option_of_tomorrow is 3'],
    [{ peft_type: 'IA3' }, 'peft_type is "IA3"'],
    [{ r: '8' }, 'r is "8", not a number'],
    [{ r: 2.5 }, 'the rank is 2.5'],
    [{ target_modules: null }, 'target_modules is null'],
    [{ target_modules: ['q_proj', 'c_attn'] }, '"c_attn" is none'],
    [{ target_modules: '.*c_attn' }, '".*c_attn" is none'],
    [{ target_modules: '(?P<x>q_proj' }, 'target_modules "(?P<x>q_proj"'],
    [{ target_modules: '(?P<x>q_proj)' }, 'target_modules: "(?P<x>q_proj)" is none'],
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
    [{ alpha: 3 }, "the adapter has scale 2 at model.layers.0.self_attn.q_proj, the engine's has 1"],
    [{ rankPattern: { o_proj: 2 } }, "self_attn.o_proj.lora_A.weight has shape [3,32], the engine's has [2,32]"],
    [{ alphaPattern: { 'layers.1.*v_proj': 3 } }, "scale 2 at model.layers.1.self_attn.v_proj, the engine's has 1"],
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
