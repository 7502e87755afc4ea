import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import { either as E } from 'fp-ts'
import { loadPolicy, type PolicyOptions, promptOf } from 'kinograd'
import { sftLoss } from 'kinograd/advantage'
import type { Engine, TrainGroup } from 'kinograd/engine'
import { configJson, policyFiles, readConfig, tinyPolicy } from 'kinograd/engine/tfjs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { right } from './golden.ts'

let room = ''
const at = (...names: readonly string[]) => join(room, ...names)
const json = async (...names: readonly string[]) => JSON.parse(await readFile(at(...names), 'utf8'))
const besides = [
  ...['chat_template.jinja', 'config.json', 'generation_config.json', 'preprocessor_config.json'],
  ...['tokenizer.json', 'tokenizer_config.json', 'video_preprocessor_config.json'],
]
const adapter = { rank: 2, alpha: 4, targets: ['q_proj', 'down_proj', 'qkv'] }
const texts = ['What moves?']

/** A folder as somebody publishes one: fields of config.json that this library does not read, and files of other programs. */
const published = {
  ...{ transformers_version: '4.49.0', attention_dropout: 0, max_window_layers: 70, an_own_field: { a: 1 } },
  torch_dtype: 'bfloat16',
}

beforeAll(async () => {
  room = await mkdtemp(join(tmpdir(), 'kinograd-whole-'))
  const { engine, write } = tinyPolicy({ seed: 3, texts })
  right(await write(at('base'))())
  engine.dispose()
  await writeFile(at('base', 'config.json'), JSON.stringify({ ...(await json('base', 'config.json')), ...published }))
  await rm(at('base', 'kinograd.manifest.json'))
  await writeFile(at('base', 'vocab.json'), '{}')
  await writeFile(at('base', 'README.md'), 'Not a part of it.')
})
afterAll(() => rm(room, { recursive: true }))

const group = ({ tokenizer }: Pick<ReturnType<typeof tinyPolicy>, 'tokenizer'>): TrainGroup => ({
  prompt: right(promptOf(tokenizer, [{ role: 'user', content: 'What moves?' }])),
  completions: [right(tokenizer.encode('moves<|im_end|>'))],
})
const train = async (engine: Engine, of: TrainGroup) => {
  for (let step = 0; step < 2; step++) {
    right(await engine.forwardBackward([of], sftLoss())())
    right(await engine.optimStep(0.01)())
  }
}
const logprobs = async (engine: Engine, of: TrainGroup) => [...right(await engine.logprobs([of])())[0]!]

describe('what a policy saves', () => {
  test('is all that it was loaded with: weights, tokens, template, generation, preprocessors', async () => {
    const policy = right(await loadPolicy(at('base'), { backend: 'cpu', format: { dtype: 'BF16' } })())
    right(await policy.engine.save(at('weights'))())
    const made = ['kinograd.manifest.json', 'model.safetensors', 'optimiser.safetensors', 'vocab.json']
    expect((await readdir(at('weights'))).sort()).toEqual([...besides, ...made].sort())
    for (const name of [...besides.filter(one => one !== 'config.json'), 'vocab.json'])
      expect(await readFile(at('weights', name)), name).toEqual(await readFile(at('base', name)))
    expect(await json('weights', 'config.json')).toEqual({
      ...(await json('base', 'config.json')),
      ...{ torch_dtype: 'bfloat16', dtype: 'bfloat16' },
    })
    const again = right(await loadPolicy(at('weights'), { backend: 'cpu' })())
    expect([again.config, again.preprocessor]).toEqual([policy.config, policy.preprocessor])
    expect([again.tokenizer.stop, again.tokenizer.template]).toEqual([policy.tokenizer.stop, policy.tokenizer.template])
    for (const { engine } of [policy, again]) engine.dispose()
  })

  test('with an adapter, is that adapter with all that stands beside it, and names the model under it', async () => {
    const policy = right(await loadPolicy(at('base'), { backend: 'cpu', adapter })())
    right(await policy.engine.save(at('adapter'))())
    const made = ['adapter_config.json', 'adapter_model.safetensors', 'kinograd.manifest.json', 'optimiser.safetensors']
    // No config.json: transformers 5 would look for whole weights beside it.
    const expected = [...besides.filter(name => name !== 'config.json'), ...made, 'vocab.json']
    expect((await readdir(at('adapter'))).sort()).toEqual(expected.sort())
    expect(await json('adapter', 'adapter_config.json')).toMatchObject({ base_model_name_or_path: at('base') })
    right(await policy.engine.load(at('adapter'))())
    policy.engine.dispose()
  })

  test('merged, is weights that give what the adapter gave, without its optimiser', async () => {
    const policy = right(await loadPolicy(at('base'), { backend: 'cpu', adapter })())
    const of = group(policy)
    await train(policy.engine, of)
    const before = tf.memory().numTensors
    right(await policy.engine.save(at('merged'), { merged: true })())
    expect(tf.memory().numTensors).toBe(before)
    const made = ['kinograd.manifest.json', 'model.safetensors']
    expect((await readdir(at('merged'))).sort()).toEqual([...besides, ...made, 'vocab.json'].sort())
    const merged = right(await loadPolicy(at('merged'), { backend: 'cpu' })())
    const [theirs, ours] = [await logprobs(policy.engine, of), await logprobs(merged.engine, of)]
    for (const [i, value] of ours.entries()) expect(value).toBeCloseTo(theirs[i]!, 4)
    const base = right(await loadPolicy(at('base'), { backend: 'cpu' })())
    expect(Math.abs((await logprobs(base.engine, of))[0]! - ours[0]!)).toBeGreaterThan(1e-3)
    right(await merged.engine.load(at('merged'))())
    // A save of weights with their optimiser, and a merged one over it: the optimiser of the first would be another model's.
    right(await base.engine.save(at('over'))())
    right(await policy.engine.save(at('over'), { merged: true })())
    expect(await readdir(at('over'))).not.toContain('optimiser.safetensors')
    right(await base.engine.load(at('over'))())
    for (const { engine } of [policy, merged, base]) engine.dispose()
  })

  test('merged, is refused beside an adapter, which would be added twice', async () => {
    const policy = right(await loadPolicy(at('base'), { backend: 'cpu', adapter })())
    right(await policy.engine.save(at('beside'))())
    const files = await readdir(at('beside'))
    const cause = expect.stringContaining('holds an adapter, and weights with an adapter merged into them')
    expect(await policy.engine.save(at('beside'), { merged: true })()).toMatchObject(
      E.left({ _tag: 'BadCheckpoint', cause }),
    )
    expect(await readdir(at('beside'))).toEqual(files)
    policy.engine.dispose()
  })

  test('takes a signal alone, or among the options', async () => {
    const { engine } = tinyPolicy({ texts })
    const aborted = AbortSignal.abort()
    for (const options of [aborted, { signal: aborted }, { merged: true, signal: aborted }])
      expect(await engine.save(at('none'), options)()).toMatchObject(E.left({ _tag: 'Cancelled' }))
    right(await engine.save(at('plain'), { merged: true })())
    right(await engine.load(at('plain'))())
    engine.dispose()
  })

  test('may have its files of text changed by hand, and none of its numbers', async () => {
    const { engine } = tinyPolicy({ texts })
    right(await engine.save(at('edited'))())
    await writeFile(at('edited', 'generation_config.json'), '{"eos_token_id": 7}')
    await rm(at('edited', 'chat_template.jinja'))
    right(await engine.load(at('edited'))())
    await writeFile(at('edited', 'config.json'), '{}')
    expect(await engine.load(at('edited'))()).toMatchObject(E.left({ _tag: 'BadCheckpoint' }))
    engine.dispose()
  })

  test('beside weights of others leaves their config.json as it is', async () => {
    const policy = right(await loadPolicy(at('base'), { backend: 'cpu', adapter })())
    const before = await readFile(at('base', 'config.json'), 'utf8')
    right(await policy.engine.save(at('base'))())
    expect(await readFile(at('base', 'config.json'), 'utf8')).toBe(before)
    for (const name of [
      'adapter_config.json',
      'adapter_model.safetensors',
      'kinograd.manifest.json',
      'optimiser.safetensors',
    ])
      await rm(at('base', name))
    policy.engine.dispose()
  })
})

describe('generation_config.json', () => {
  test('says where completions stop; without it config.json does, and one is written', async () => {
    const policy = right(await loadPolicy(at('base'), { backend: 'cpu' })())
    const { eos, idOf } = policy.tokenizer
    expect(policy.tokenizer.stop).toEqual([eos, idOf('<|endoftext|>')])
    policy.engine.dispose()
    await rm(at('base', 'generation_config.json'))
    const without = right(await loadPolicy(at('base'), { backend: 'cpu' })())
    expect(without.tokenizer.stop).toEqual([eos])
    right(await without.engine.save(at('generation'))())
    expect(await json('generation', 'generation_config.json')).toMatchObject({ eos_token_id: eos })
    without.engine.dispose()
  })
})

describe('config.json', () => {
  test('says by transformers_version whose positions prompts get, unless told', async () => {
    const clip = {
      grid: [3, 2, 4],
      secondsPerGrid: 0.5,
      kind: 'video',
      values: new Float32Array(24 * 1176).fill(0.1),
    } as const
    const scored = async (folder: string, options: PolicyOptions = {}) => {
      const { engine, tokenizer, layout } = right(await loadPolicy(folder, { backend: 'cpu', ...options })())
      const content = [clip, 'What moves?']
      const prompt = right(promptOf(tokenizer, [{ role: 'user', content }]))
      const [found] = right(await engine.logprobs([{ prompt, completions: [Int32Array.of(5, 6)] }])())
      engine.dispose()
      return { layout, logprobs: [...found!] }
    }
    const base = await json('base', 'config.json')
    const by = async (version: string | undefined, options?: PolicyOptions) => {
      await cp(at('base'), at('versions'), { recursive: true })
      await writeFile(at('versions', 'config.json'), JSON.stringify({ ...base, transformers_version: version }))
      return scored(at('versions'), options)
    }
    const [qwen, four, five] = [await by(undefined), await by('4.57.6'), await by('5.18.0')]
    expect([qwen.layout, four.layout, five.layout]).toEqual(['qwen', 'transformers4', 'transformers5'])
    expect(four.logprobs).not.toEqual(qwen.logprobs)
    expect(five.logprobs).not.toEqual(qwen.logprobs)
    expect(await by('4.57.6', { layout: 'qwen' })).toEqual(qwen)
  })

  test('of another size keeps its tokens alone', async () => {
    const config = right(await readConfig(at('base'))())
    const other = { ...config, text: { ...config.text, maxPositions: 17 } }
    const written = configJson(other, {}, await json('base', 'config.json'))
    expect(written).toMatchObject({ max_position_embeddings: 17, transformers_version: '4.49.0' })
    expect(written).not.toHaveProperty('an_own_field')
  })
})

test('files of a policy that came from no folder: a tokenizer that is none is a Left', () => {
  const preprocessor = {
    pixels: {},
    mean: [0, 0, 0],
    std: [1, 1, 1],
    vision: { patchSize: 14, temporalPatchSize: 2, mergeSize: 2 },
  } as const
  expect(policyFiles({ tokenizer: { tokenizer: {}, config: {} }, preprocessor })).toMatchObject(
    E.left({ _tag: 'BadTokenizer' }),
  )
})
