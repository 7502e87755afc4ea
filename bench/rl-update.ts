import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { either as E, type taskEither as TE } from 'fp-ts'
import { policyLoss } from 'kinograd/advantage'
import type { Engine, Prompt, TrainGroup } from 'kinograd/engine'
import {
  adamw,
  chain,
  clipByGlobalNorm,
  initialise,
  type Qwen25VLConfig,
  selectBackend,
  tfjsEngine,
} from 'kinograd/engine/tfjs'
import type { Fault } from 'kinograd/flow'
import { type PeerCase, peer } from './peers/qwen25vl.ts'
import type { Bench, Row } from './row.ts'

/** A whole PA-GRPO update: rollout, reference log-probabilities, loss and gradient, optimiser step. */
interface Case {
  readonly name: string
  readonly hidden: number
  readonly layers: number
  readonly prompts: number
  readonly completions: number
  readonly newTokens: number
  /** Grid of the clip in patches. */
  readonly grid: readonly [number, number, number]
  readonly repeats: number
}

const cases: readonly Case[] = [
  {
    name: 'micro-world, 8 prompts × 8 × 48 tokens',
    hidden: 96,
    layers: 3,
    prompts: 8,
    completions: 8,
    newTokens: 48,
    grid: [4, 4, 4],
    repeats: 5,
  },
  {
    name: '2 M parameters, 1 prompt of 960 video tokens × 8 × 256',
    hidden: 160,
    layers: 4,
    prompts: 1,
    completions: 8,
    newTokens: 256,
    grid: [8, 20, 24],
    repeats: 2,
  },
]

const vocabulary = 512
const tokens = { image: vocabulary - 2, video: vocabulary - 1, visionStart: vocabulary - 4, visionEnd: vocabulary - 3 }

/** Frequencies for time, height and width that add up to half of the head. */
const sections = (half: number): [number, number, number] => {
  const third = Math.floor(half / 3)
  return [third, third, half - 2 * third]
}

const configOf = ({ hidden, layers }: Case): Qwen25VLConfig => ({
  text: {
    hiddenSize: hidden,
    intermediateSize: hidden * 2,
    layers,
    heads: 4,
    kvHeads: 2,
    headDim: hidden / 4,
    vocabSize: vocabulary,
    rmsEps: 1e-6,
    ropeTheta: 10_000,
    mropeSection: sections(hidden / 8),
    maxPositions: 4096,
    tied: false,
  },
  vision: {
    depth: 4,
    hiddenSize: hidden,
    intermediateSize: hidden * 2,
    heads: 4,
    inChannels: 3,
    patchSize: 14,
    temporalPatchSize: 2,
    mergeSize: 2,
    windowSize: 112,
    fullAttentionBlocks: [1, 3],
    outHiddenSize: hidden,
    tokensPerSecond: 2,
  },
  tokens,
})

/** Deterministic filler: the same inputs for both sides. */
const filler = (n: number, modulus: number, seed: number): number[] =>
  Array.from({ length: n }, (_, i) => 8 + (((i * 2654435761 + seed * 40503) >>> 7) % modulus))

const promptOf = ({ grid }: Case, n: number): Prompt => {
  const [t, h, w] = grid
  const units = (t * h * w) / 4
  const pixels = Float32Array.from({ length: t * h * w * 1176 }, (_, i) => Math.sin(i * 0.37 + n))
  return {
    ids: Int32Array.from([
      5,
      tokens.visionStart,
      ...Array<number>(units).fill(tokens.video),
      tokens.visionEnd,
      ...filler(24, vocabulary - 16, n),
    ]),
    media: [{ kind: 'video', grid, secondsPerGrid: 1, values: pixels }],
  }
}

const done = async <A>(work: TE.TaskEither<Fault, A>): Promise<A> => {
  const result = await work()
  if (E.isLeft(result)) throw new Error(`${result.left._tag}: ${result.left.cause}`)
  return result.right
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN

/** Seconds of each part of our update. */
const ours = async (
  engine: Engine,
  reference: Engine,
  prompts: readonly Prompt[],
  { completions, newTokens, repeats }: Case,
) => {
  const times = { rollout: [] as number[], reference: [] as number[], train: [] as number[] }
  for (let i = -1; i < repeats; i++) {
    const start = performance.now()
    const sampled = await done(
      engine.sample(prompts, {
        count: completions,
        maxTokens: newTokens,
        temperature: 1,
        topP: 0.95,
        stop: [],
        seed: i + 2,
      }),
    )
    const rolled = performance.now()
    const groups: TrainGroup[] = prompts.map((prompt, n) => ({
      prompt,
      completions: (sampled[n] ?? []).map(c => c.ids),
    }))
    const refLogprobs = await done(reference.logprobs(groups))
    const referred = performance.now()
    const advantages = groups.flatMap(g =>
      g.completions.map((ids, c) => new Float64Array(ids.length).fill(c % 2 === 0 ? 1 : -1)),
    )
    await done(engine.forwardBackward(groups, policyLoss({ beta: 0.04 })({ advantages, refLogprobs })))
    await done(engine.optimStep(1e-6))
    if (i < 0) continue
    times.rollout.push(rolled - start)
    times.reference.push(referred - rolled)
    times.train.push(performance.now() - referred)
  }
  return {
    rollout: median(times.rollout) / 1e3,
    reference: median(times.reference) / 1e3,
    train: median(times.train) / 1e3,
  }
}

const advantagesOf = ({ prompts, completions, newTokens }: Case): NonNullable<PeerCase['advantages']> =>
  Array.from({ length: prompts }, () =>
    Array.from({ length: completions }, (_, c) => Array<number>(newTokens).fill(c % 2 === 0 ? 1 : -1)),
  )

/** `npm run bench -- rl-update [--peers]`; the peer is a Video-R1-style update on transformers (bench/peers/requirements.txt). */
export const bench: Bench = async ({ peers }) => {
  const backend = await done(selectBackend())
  console.log(`backend: ${backend.detail}`)
  const rows: Row[] = []
  for (const one of cases) {
    const config = configOf(one)
    const optimiser = chain(clipByGlobalNorm(5), adamw({ beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01 }))
    const make = () => tfjsEngine({ config, parameters: initialise(config, 1), optimiser })
    const [engine, reference] = [make(), make()]
    const prompts = Array.from({ length: one.prompts }, (_, n) => promptOf(one, n))
    const folder = await mkdtemp(join(tmpdir(), 'kinograd-bench-'))
    await done(engine.save(folder))
    const time = await ours(engine, reference, prompts, one)
    const total = time.rollout + time.reference + time.train
    const theirs = peers
      ? await peer('rl-update', folder, join(folder, 'case'), {
          warmup: 1,
          repeats: one.repeats,
          seed: 1,
          prompts,
          count: one.completions,
          maxTokens: one.newTokens,
          temperature: 1,
          topP: 0.95,
          advantages: advantagesOf(one),
          learningRate: 1e-6,
          clipNorm: 5,
          beta: 0.04,
        })
      : E.left('run with --peers')
    if (E.isLeft(theirs)) console.log(`no peer: ${theirs.left}`)
    const other = E.isRight(theirs) ? (theirs.right.seconds.total ?? null) : null
    const peerName = E.isRight(theirs) ? `transformers ${theirs.right.transformers}` : null
    rows.push({
      case: one.name,
      ours: total,
      peer: other,
      peerName,
      ratio: other === null ? null : other / total,
      unit: 's/update',
    })
    for (const [part, seconds] of Object.entries(time))
      rows.push({ case: `  of which ${part}`, ours: seconds, peer: null, peerName: null, ratio: null, unit: 's' })
    const drawn = one.prompts * one.completions * one.newTokens
    rows.push({
      case: '  sampled',
      ours: drawn / time.rollout,
      peer: null,
      peerName: null,
      ratio: null,
      unit: 'tokens/s',
    })
    engine.dispose()
    reference.dispose()
    await rm(folder, { recursive: true, force: true })
  }
  return rows
}
