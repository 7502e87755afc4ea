import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { either as E } from 'fp-ts'
import { sftLoss } from 'kinograd/advantage'
import { type Engine, loadPreprocessor, loadTokenizer, qwenPrompt } from 'kinograd/engine'
import {
  adamw,
  checkTokenizer,
  readConfig,
  readWeights,
  selectBackend,
  tfjsEngine,
  tinyConfig,
  tinyPolicy,
} from 'kinograd/engine/tfjs'
import { type Frames, qwenMean, qwenStd } from 'kinograd/media'
import { afterAll, describe, expect } from 'vitest'
import { fc, test } from '../../property.ts'
import { right } from '../golden.ts'
import { clipOf, drawn } from '../text/pictures.ts'

const numRuns = Number(process.env.KINOGRAD_FUZZ_RUNS ?? 100)
const room = await mkdtemp(join(tmpdir(), 'kinograd-tiny-'))
afterAll(() => rm(room, { recursive: true }))

// No backend is selected in this file: a tiny policy is ready without.
const policy = tinyPolicy({ seed: 4, texts: ['What moves? A red ball moves left.'] })
const { engine, tokenizer, config, pixels } = policy
afterAll(() => engine.dispose())

const item = { frames: drawn(1, 2, 60, 80), clip: clipOf(2, 1) }
const ask = qwenPrompt({ tokenizer, question: (_: { frames: Frames }) => 'What moves?', pixels })
const group = { prompt: right(ask(item)), completions: [right(tokenizer.encode('A red ball.<|im_end|>'))] }
const logprobs = async (of: Engine) => [...(right(await of.logprobs([group])())[0] ?? [])]

describe('the tokenizer of a tiny policy', () => {
  const text = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.string({ unit: 'binary' }).filter(s => !/\p{Surrogate}/u.test(s)),
    fc.constantFrom('<observation>\n\n"Two red balls."</observation>', 'café 東京 🎬🎥', '½²', ' \r\n\t ', 'e\u0301'),
  )
  test.prop([text], { numRuns })('encodes any text, which comes back as it was', given => {
    const ids = right(tokenizer.encode(given))
    expect(tokenizer.decode(ids)).toBe(given)
    expect(tokenizer.pieces(ids).join('')).toBe(given)
    expect(ids.every(id => id >= 0 && id < config.text.vocabSize)).toBe(true)
  })

  test('has a token for every word of its texts', () => {
    const ids = right(tokenizer.encode('What moves? A red ball moves left.'))
    expect(tokenizer.pieces(ids)).toEqual(['What', ' moves', '?', ' A', ' red', ' ball', ' moves', ' left', '.'])
  })

  test('merges no more than it may, and bytes alone when it may merge nothing', () => {
    const texts = ['What moves? A red ball moves left.']
    const sizes = [0, 5, 10_000].map(merges => {
      const tiny = tinyPolicy({ texts, merges })
      tiny.engine.dispose()
      return tiny.tokenizer.size
    })
    expect(sizes.slice(0, 2)).toEqual([270, 275])
    expect(sizes[2]).toBe(tokenizer.size)
  })

  test('belongs to the model', () => {
    expect(checkTokenizer(tokenizer, config)).toEqual(E.right(undefined))
    expect(tokenizer.size).toBe(config.text.vocabSize)
    expect(tokenizer.decode([tokenizer.eos])).toBe('<|im_end|>')
  })
})

describe('a tiny policy', () => {
  test('is well under a million parameters, on plain JavaScript where nothing was selected', () => {
    expect(engine.capabilities.backend).toBe('cpu')
    expect(engine.capabilities.parameters).toBeLessThan(500_000)
  })

  test('is what its options say', async () => {
    const same = tinyPolicy({ seed: 4, texts: ['What moves? A red ball moves left.'] })
    const other = tinyPolicy({ seed: 5, texts: ['What moves? A red ball moves left.'] })
    expect(await logprobs(same.engine)).toEqual(await logprobs(engine))
    expect(await logprobs(other.engine)).not.toEqual(await logprobs(engine))
    for (const made of [same, other]) made.engine.dispose()
  })

  test('samples', async () => {
    const sampling = { count: 2, maxTokens: 4, temperature: 1, stop: [tokenizer.eos], seed: 1 }
    const [completions = []] = right(await engine.sample([group.prompt], sampling)())
    expect(completions).toHaveLength(2)
    for (const { ids } of completions) expect(ids.length).toBeGreaterThan(0)
  })

  test('learns, with an optimiser of its own', async () => {
    const optimiser = adamw({ beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0 })
    const tiny = tinyPolicy({ seed: 4, texts: ['What moves? A red ball moves left.'], optimiser })
    const before = right(await tiny.engine.forwardBackward([group], sftLoss())()).loss
    right(await tiny.engine.optimStep(3e-3)())
    const after = right(await tiny.engine.forwardBackward([group], sftLoss())()).loss
    expect(after).toBeLessThan(before)
    tiny.engine.dispose()
  })

  test('has the sizes that the example trains with', () => {
    const { text, vision } = tinyConfig(tokenizer, { width: 96, layers: 3, maxPositions: 512 })
    expect(text).toMatchObject({
      hiddenSize: 96,
      intermediateSize: 192,
      layers: 3,
      headDim: 24,
      mropeSection: [4, 4, 4],
    })
    expect(vision).toMatchObject({ hiddenSize: 96, intermediateSize: 192, outHiddenSize: 96, windowSize: 28 })
  })
})

describe('the checkpoint that it writes', () => {
  const folder = join(room, 'checkpoint')

  test('is read by everything that reads one from a hub', async () => {
    right(await policy.write(folder)())
    const read = right(await readConfig(folder)())
    expect(read).toEqual({ ...config, tokens: expect.any(Object) })
    const loaded = right(await loadTokenizer(folder)())
    const text = 'What moves? 東京 🎬'
    expect(loaded.encode(text)).toEqual(tokenizer.encode(text))
    expect([loaded.template, loaded.ids, loaded.eos]).toEqual([tokenizer.template, tokenizer.ids, tokenizer.eos])
    expect(checkTokenizer(loaded, read)).toEqual(E.right(undefined))
    const preprocessor = right(await loadPreprocessor(folder)())
    const vision = { patchSize: 14, temporalPatchSize: 2, mergeSize: 2 }
    expect(preprocessor).toEqual({ pixels, mean: qwenMean, std: qwenStd, vision })
    const again = qwenPrompt({ tokenizer: loaded, question: (_: { frames: Frames }) => 'What moves?', ...preprocessor })
    expect(again(item)).toEqual(ask(item))
    const { parameters } = right(await readWeights(folder, read)())
    const optimiser = adamw({ beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0 })
    const engineOfFolder = tfjsEngine({ config: read, parameters, optimiser })
    expect(await logprobs(engineOfFolder)).toEqual(await logprobs(engine))
    engineOfFolder.dispose()
  })

  test("has Hugging Face's files", async () => {
    const files = await readdir(folder)
    expect(files).toEqual(
      expect.arrayContaining([
        ...['chat_template.jinja', 'config.json', 'generation_config.json', 'model.safetensors'],
        ...['preprocessor_config.json', 'tokenizer.json', 'tokenizer_config.json'],
      ]),
    )
    const json = async (name: string) => JSON.parse(await readFile(join(folder, name), 'utf8'))
    expect(await json('generation_config.json')).toMatchObject({
      eos_token_id: [tokenizer.eos, tokenizer.idOf('<|endoftext|>')],
    })
    expect(await json('tokenizer_config.json')).toMatchObject({
      tokenizer_class: 'Qwen2Tokenizer',
      eos_token: '<|im_end|>',
    })
    expect(await json('config.json')).toMatchObject({ model_type: 'qwen2_5_vl', vocab_size: tokenizer.size })
  })

  test('is loaded by an engine of the same sizes', async () => {
    const other = tinyPolicy({ seed: 9, texts: ['What moves? A red ball moves left.'] })
    right(await other.engine.load(folder)())
    expect(await logprobs(other.engine)).toEqual(await logprobs(engine))
    other.engine.dispose()
  })

  test('that cannot be written is a Left', async () => {
    await writeFile(join(room, 'file'), '')
    expect(await policy.write(join(room, 'file'))()).toMatchObject(E.left({ _tag: 'BadCheckpoint' }))
  })
})

test('a backend may be selected after it was made', async () => {
  const slow = await logprobs(engine)
  right(await selectBackend({ backend: 'wasm' })())
  const fast = await logprobs(engine)
  for (const [i, value] of fast.entries()) expect(value).toBeCloseTo(slow[i]!, 4)
  const sampling = { count: 2, maxTokens: 3, temperature: 1, stop: [], seed: 1 }
  expect(right(await engine.sample([group.prompt], sampling)())[0]).toHaveLength(2)
})
