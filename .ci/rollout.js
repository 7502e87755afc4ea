/**
 * What `.ci/runtimes.js` runs on each runtime, in a project that has the package: imports every entry that is named on the command
 * line, then rolls out one question on a random Qwen2.5-VL of 0.75 million parameters in WebAssembly. Prints one line of JSON.
 */
import { createHash } from 'node:crypto'

const start = performance.now()
const rooms = await Promise.all(process.argv.slice(2).map(name => import(name)))
const imported = performance.now() - start
const { adamw, initialise, selectBackend, tfjsEngine } = await import('kinograd/engine/tfjs')

const done = async work => {
  const result = await work()
  if (result._tag === 'Left') throw new Error(`${result.left.cause} (${result.left._tag}). ${result.left.remedy}`)
  return result.right
}

const vocabulary = 512
const config = {
  text: {
    hiddenSize: 96,
    intermediateSize: 192,
    layers: 3,
    heads: 4,
    kvHeads: 2,
    headDim: 24,
    vocabSize: vocabulary,
    rmsEps: 1e-6,
    ropeTheta: 1e6,
    mropeSection: [3, 4, 5],
    maxPositions: 32_768,
    tied: false,
  },
  vision: {
    depth: 4,
    hiddenSize: 96,
    intermediateSize: 192,
    heads: 4,
    inChannels: 3,
    patchSize: 14,
    temporalPatchSize: 2,
    mergeSize: 2,
    windowSize: 112,
    fullAttentionBlocks: [1, 3],
    outHiddenSize: 96,
    tokensPerSecond: 2,
  },
  tokens: {
    image: vocabulary - 2,
    video: vocabulary - 1,
    visionStart: vocabulary - 4,
    visionEnd: vocabulary - 3,
  },
}
const grid = [4, 8, 8]
const patches = grid[0] * grid[1] * grid[2]
const prompt = {
  ids: Int32Array.from([5, 508, ...Array(patches / 4).fill(511), 509, ...Array.from({ length: 24 }, (_, i) => 8 + i)]),
  media: [
    {
      kind: 'video',
      grid,
      secondsPerGrid: 1,
      values: Float32Array.from({ length: patches * 1176 }, (_, i) => ((i * 37) % 101) / 101 - 0.5),
    },
  ],
}

const { detail } = await done(selectBackend({ backend: 'wasm' }))
const optimiser = adamw({ beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0 })
const engine = tfjsEngine({ config, parameters: initialise(config, 1), optimiser })
const sampling = { count: 8, maxTokens: 96, temperature: 1, topP: 0.95, stop: [] }
const roll = seed => done(engine.sample([prompt], { ...sampling, seed }))
await roll(1)
const began = performance.now()
const [group] = await roll(2)
const seconds = (performance.now() - began) / 1000
engine.dispose()
const hash = createHash('sha256')
for (const { ids } of group) hash.update(Int32Array.from(ids))
const tokens = group.reduce((sum, { ids }) => sum + ids.length, 0)
console.log(
  JSON.stringify({
    entries: rooms.length,
    imported: Math.round(imported),
    tokensPerSecond: Math.round(tokens / seconds),
    tokens: hash.digest('hex').slice(0, 8),
    detail,
  }),
)
