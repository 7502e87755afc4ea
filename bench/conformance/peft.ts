import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import { either as E } from 'fp-ts'
import {
  type Adapter,
  type AdapterShape,
  type BackendChoice,
  disposeAdapter,
  initAdapter,
  inspect,
  layoutOf,
  type Qwen25VLConfig,
  readAdapter,
  readConfig,
  readSafetensors,
  selectBackend,
  writeAdapter,
} from 'kinograd/engine/tfjs'
import { type PeftOptions, type PeftResult, peft } from '../peers/lora.ts'
import type { Check } from './quantity.ts'
import { bound, ofLargest, worst } from './qwen25vl/errors.ts'
import { orThrow } from './qwen25vl/golden.ts'

/** What is adapted, as LoraConfig takes it. */
const adapters: Readonly<Record<string, PeftOptions>> = {
  'decoder by a pattern': { r: 4, lora_alpha: 8, target_modules: String.raw`.*language_model.*\.[a-z]+_proj` },
  'projections by name, rsLoRA': {
    r: 3,
    lora_alpha: 5,
    target_modules: ['q_proj', 'v_proj', 'up_proj'],
    use_rslora: true,
  },
  'tower by name, its convolution too': {
    r: 4,
    lora_alpha: 4,
    target_modules: ['qkv', 'proj'],
    exclude_modules: ['blocks.0.attn.proj'],
  },
  'all-linear': { r: 2, lora_alpha: 4, target_modules: 'all-linear' },
  'ranks and alphas by pattern, dropout': {
    r: 2,
    lora_alpha: 4,
    lora_dropout: 0.1,
    target_modules: ['q_proj', 'down_proj', 'qkv'],
    rank_pattern: { 'layers.0.self_attn.q_proj': 5, '.*down_proj': 3 },
    alpha_pattern: { q_proj: 7, 'visual.blocks.1.attn.qkv': 1 },
  },
  'some layers': { r: 2, lora_alpha: 4, target_modules: ['v_proj', 'mlp.up_proj'], layers_to_transform: [1] },
  'layers of the tower': {
    r: 2,
    lora_alpha: 4,
    target_modules: ['q_proj', 'attn.proj'],
    layers_to_transform: [0, 2],
    layers_pattern: 'blocks',
  },
  "a pattern in Python's syntax": {
    r: 2,
    lora_alpha: 4,
    target_modules: String.raw`(?i)(?P<part>.*LANGUAGE\_model.*\.(?:q|[]k])_proj)\Z`,
  },
}

const shapeOf = ({
  r,
  lora_alpha,
  target_modules,
  exclude_modules,
  use_rslora = false,
  ...more
}: PeftOptions): AdapterShape => ({
  rank: r,
  alpha: lora_alpha,
  targets: target_modules,
  rslora: use_rslora,
  ...(exclude_modules === undefined ? {} : { excludes: exclude_modules }),
  ...(more.lora_dropout === undefined ? {} : { dropout: more.lora_dropout }),
  ...(more.rank_pattern === undefined ? {} : { rankPattern: more.rank_pattern }),
  ...(more.alpha_pattern === undefined ? {} : { alphaPattern: more.alpha_pattern }),
  ...(more.layers_to_transform === undefined ? {} : { layers: more.layers_to_transform }),
  ...(more.layers_pattern === undefined ? {} : { layersPattern: [more.layers_pattern] }),
})

/** An adapter of which B is not zero. */
const lively = ({ matrices, ...shape }: Adapter): Adapter => {
  const drawn = [...matrices].map(([name, x], i) => [name, tf.randomNormal(x.shape, 0, 0.1, 'float32', i + 1)] as const)
  tf.dispose([...matrices.values()])
  return { ...shape, matrices: new Map(drawn) }
}

/** A clip, some words, and what follows them. */
const questionOf = ({ tokens }: Qwen25VLConfig) => {
  const grid = [2, 4, 6] as const
  const values = Float32Array.from({ length: 2 * 4 * 6 * 1176 }, (_, i) => Math.sin(i * 0.37))
  const pads = Array<number>(12).fill(tokens.video)
  return {
    prompt: {
      ids: Int32Array.from([5, tokens.visionStart, ...pads, tokens.visionEnd, 9, 17, 33, 21]),
      media: [{ values, grid, secondsPerGrid: 1, kind: 'video' as const }],
    },
    completion: Int32Array.of(40, 41, 8, 77, 12),
  }
}

/**
 * A Qwen2.5-VL in a folder under low-rank adapters, against PEFT on transformers (KINOGRAD_PYTHON): an adapter that PEFT writes gives
 * the same logits here, and one that is written here the same there.
 */
export const check: Check = async (directory, backend) => {
  const selected = orThrow(await selectBackend(backend === undefined ? {} : { backend: backend as BackendChoice })())
  console.log(`backend: ${selected.detail}`)
  const config = orThrow(await readConfig(directory)())
  const { tensors } = orThrow(await readSafetensors(directory)())
  const parameters = new Map([...tensors].map(([name, { data, shape }]) => [name, tf.tensor(data, [...shape])]))
  const { prompt, completion } = questionOf(config)
  const sequence = { ids: Int32Array.from([...prompt.ids, ...completion]), media: prompt.media }
  const given = { prompts: [prompt], completions: [[completion]], seed: 1, warmup: 0, repeats: 1 }
  const { note, quantities } = worst()
  const folder = await mkdtemp(join(tmpdir(), 'kinograd-peft-'))
  const compare = (name: string, adapter: Adapter, { logits, modules, transformers }: PeftResult): void => {
    note(`${name}: modules`, Math.abs(adapter.matrices.size / 2 - modules), 0)
    const layout = layoutOf(transformers)
    note(`${name}: logits`, ofLargest(inspect({ config, parameters, adapter, layout }, sequence).logits, logits), bound)
    disposeAdapter(adapter)
  }
  const ask = async (...asked: Parameters<typeof peft>): Promise<PeftResult> =>
    orThrow(E.mapLeft((cause: string) => ({ cause }))(await peft(...asked)))
  for (const [i, [name, lora]] of Object.entries(adapters).entries()) {
    const [theirs, ours] = [join(folder, `${i}`, 'theirs'), join(folder, `${i}`, 'ours')]
    const written = await ask('write', directory, theirs, { ...given, lora })
    if (i === 0) console.log(`peer: PEFT ${written.peft}, transformers ${written.transformers}`)
    compare(`from PEFT, ${name}`, orThrow(await readAdapter(theirs, config)()), written)
    const adapter = lively(orThrow(initAdapter(config, shapeOf(lora), i)))
    orThrow(await writeAdapter(ours, adapter)())
    compare(`to PEFT, ${name}`, adapter, await ask('read', directory, ours, given))
  }
  await rm(folder, { recursive: true })
  tf.dispose([...parameters.values()])
  return quantities()
}
