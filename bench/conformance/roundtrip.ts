import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import { either as E } from 'fp-ts'
import type { Prompt } from 'kinograd/engine'
import {
  adamw,
  type BackendChoice,
  initialise,
  inspect,
  layoutOf,
  type MropeLayout,
  type Parameters,
  type Qwen25VLConfig,
  readConfig,
  readSafetensors,
  readWeights,
  selectBackend,
  tfjsEngine,
  type WeightFormat,
} from 'kinograd/engine/tfjs'
import type { Patches } from 'kinograd/media'
import { findPython, runPython } from '../peers/python.ts'
import { writeCase } from '../peers/qwen25vl.ts'
import { random } from '../random.ts'
import { checkFolders } from './folder.ts'
import type { Check } from './quantity.ts'
import { ofLargest, worst } from './qwen25vl/errors.ts'
import { orThrow } from './qwen25vl/golden.ts'

const bound = 1e-4
const config = (tied: boolean): Qwen25VLConfig => ({
  text: {
    hiddenSize: 48,
    intermediateSize: 80,
    layers: 2,
    heads: 6,
    kvHeads: 3,
    headDim: 8,
    vocabSize: 160,
    rmsEps: 1e-6,
    ropeTheta: 1e6,
    mropeSection: [1, 1, 2],
    maxPositions: 4096,
    tied,
  },
  vision: {
    depth: 3,
    hiddenSize: 32,
    intermediateSize: 48,
    heads: 2,
    inChannels: 3,
    patchSize: 14,
    temporalPatchSize: 2,
    mergeSize: 2,
    windowSize: 56,
    fullAttentionBlocks: [1],
    outHiddenSize: 48,
    tokensPerSecond: 2,
  },
  tokens: { visionStart: 156, visionEnd: 157, image: 158, video: 159 },
})

/** Clips and images mixed: of unequal sizes and seconds, two next to each other, text before, between and after. */
const mixedPrompt = (next: () => number): Prompt => {
  const medium = (kind: Patches['kind'], grid: Patches['grid'], secondsPerGrid = 1): Patches => ({
    kind,
    grid,
    secondsPerGrid,
    values: Float32Array.from({ length: grid[0] * grid[1] * grid[2] * 1176 }, () => 2 * next() - 1),
  })
  const media = [
    medium('video', [2, 4, 6], 2.5),
    medium('image', [1, 6, 4]),
    medium('image', [1, 4, 4]),
    medium('video', [3, 6, 8]),
  ]
  const { tokens } = config(true)
  const words = (n: number): readonly number[] => Array.from({ length: n }, () => Math.floor(150 * next()))
  const ids = media.flatMap(({ kind, grid: [t, h, w] }, m) => [
    ...words(m === 2 ? 0 : 3),
    tokens.visionStart,
    ...Array<number>((t * h * w) / 4).fill(tokens[kind]),
    tokens.visionEnd,
  ])
  return { ids: Int32Array.from([...ids, ...words(9)]), media }
}

/** Fresh weights whose norms and biases matter too. */
const weightsOf = (sizes: Qwen25VLConfig, next: () => number): Parameters =>
  new Map(
    [...initialise(sizes, 7, { linear: 1.5, embedding: 0.5 })].map(([name, tensor]) => {
      if (tensor.rank > 1) return [name, tensor] as const
      const moved = tensor.dataSync().map(x => x + 0.4 * next() - 0.2)
      tensor.dispose()
      return [name, tf.tensor1d(moved as Float32Array)] as const
    }),
  )

interface Written {
  /** Scheme, files, dtype, head: also the folder's name. */
  readonly name: string
  readonly folder: string
  readonly config: Qwen25VLConfig
}

/** Saves one model in every format that `names` allows. */
const writeAll = async (folder: string, schemes: readonly NonNullable<WeightFormat['names']>[]) => {
  const written: Written[] = []
  for (const tied of [true, false])
    for (const names of schemes)
      for (const files of ['single', 'sharded'])
        for (const dtype of ['F32', 'BF16', 'F16'] as const) {
          const sizes = config(tied)
          const name = [names, files, dtype, tied ? 'tied' : 'untied'].join('-')
          const engine = tfjsEngine({
            config: sizes,
            parameters: weightsOf(sizes, random(3)),
            optimiser: adamw({ beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0 }),
            format: { names, dtype, ...(files === 'single' ? {} : { shardBytes: 60_000 }) },
          })
          orThrow(await engine.save(join(folder, name))())
          engine.dispose()
          written.push({ name, folder: join(folder, name), config: sizes })
        }
  return written
}

/** Logits of the weights in a folder, read by the config that stands in `configFolder`. */
const logitsOf = async (folder: string, configFolder: string, prompt: Prompt, layout: MropeLayout) => {
  const sizes = orThrow(await readConfig(configFolder)())
  const { parameters } = orThrow(await readWeights(folder, sizes)())
  const { logits } = inspect({ config: sizes, parameters, layout }, prompt)
  tf.dispose([...parameters.values()])
  return logits
}

/**
 * What the engine saves, transformers loads and gives the same logits, and what transformers saves, the engine reads: both schemes of
 * names, one file and shards, F32, BF16 and F16 (compared on the rounded weights), tied and untied, for a prompt of clips and images
 * mixed. Folders that a policy saves are read whole (`checkFolders`). `path` is a folder to work in. Needs a Python with torch and transformers (`KINOGRAD_PYTHON`).
 */
export const check: Check = async (path, backend) => {
  const selected = orThrow(await selectBackend(backend === undefined ? {} : { backend: backend as BackendChoice })())
  const told = <A>(given: E.Either<string, A>): A => orThrow(E.mapLeft((cause: string) => ({ cause }))(given))
  const python = told(await findPython(['torch', 'transformers', 'safetensors']))
  const version = python.modules.transformers ?? ''
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const knowsModules = major > 4 || minor >= 52
  console.log(`backend: ${selected.detail}; transformers ${version}`)
  if (!knowsModules) console.log('names of the modules are left out: transformers reads them since 4.52')
  const folder = join(path, `transformers-${version}`)
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  const prompt = mixedPrompt(random(1))
  const layout = layoutOf(version)
  const written = await writeAll(folder, knowsModules ? ['hub', 'modules'] : ['hub'])
  const checkpoints = written.map(({ name }) => name)
  told(await writeCase(folder, { warmup: 0, repeats: 0, seed: 0, prompts: [prompt], checkpoints }))
  told(await runPython(python, join('bench', 'peers', 'roundtrip.py'), [folder], { timeoutSeconds: 580 }))
  const seen = worst()
  for (const { name, folder: at } of written) {
    const read = orThrow(await readSafetensors(join(at, 'theirs.safetensors'))())
    const theirs = read.tensors.get('logits')?.data ?? []
    seen.note(`transformers reads ${name}`, ofLargest(await logitsOf(at, at, prompt, layout), theirs), bound)
    const saved = join(at, 'saved')
    seen.note(
      'the engine reads save_pretrained',
      ofLargest(await logitsOf(saved, saved, prompt, layout), theirs),
      bound,
    )
    const state = join(at, 'state')
    seen.note('the engine reads state_dict', ofLargest(await logitsOf(state, saved, prompt, layout), theirs), bound)
  }
  if ((await findPython(['peft', 'torchvision', 'PIL']))._tag === 'Left')
    console.log('saved folders are left out: the Python lacks peft, torchvision or pillow')
  else await checkFolders(folder, python, seen)
  return seen.quantities()
}
