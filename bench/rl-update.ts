import { policyLoss } from 'kinograd/advantage'
import type { Engine, Prompt, TrainGroup } from 'kinograd/engine'
import { beside, peerName } from './engine/beside.ts'
import {
  announced,
  chosen,
  clipNorm,
  done,
  engineOf,
  learningRate,
  median,
  promptOf,
  type Size,
  sizes,
} from './engine/model.ts'
import type { PeerCase } from './peers/qwen25vl.ts'
import type { Bench, Row } from './row.ts'

/** A whole PA-GRPO update: rollout, reference log-probabilities, loss and gradient, optimiser step. */
interface Case {
  readonly size: Size
  readonly prompts: number
  readonly completions: number
  readonly newTokens: number
  /** Grid of the clip in patches. */
  readonly grid: readonly [number, number, number]
  readonly repeats: number
}

const paperShape = { prompts: 1, completions: 8, newTokens: 256, grid: [8, 20, 24] } as const

const cases: readonly Case[] = [
  { size: sizes.micro, prompts: 8, completions: 8, newTokens: 48, grid: [4, 4, 4], repeats: 5 },
  { size: sizes.small, ...paperShape, repeats: 3 },
  { size: sizes.medium, ...paperShape, repeats: 1 },
]

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

/**
 * `npm run bench -- rl-update [--peers]`: at paper shape about 1,000 prompt tokens of which 960 video, G = 8, 256 new tokens.
 * The peer is a Video-R1-style update on transformers.
 */
export const bench: Bench = async ({ peers, rest }) => {
  await announced()
  const rows: Row[] = []
  for (const one of chosen(cases, rest)) {
    const { size, grid } = one
    const [engine, reference] = [engineOf(size), engineOf(size)]
    const prompts = Array.from({ length: one.prompts }, (_, n) => promptOf(size.config, grid, 24, n))
    const theirs = await beside(peers, 'rl-update', engine, {
      warmup: 1,
      repeats: one.repeats,
      seed: 1,
      prompts,
      count: one.completions,
      maxTokens: one.newTokens,
      temperature: 1,
      topP: 0.95,
      advantages: advantagesOf(one),
      learningRate,
      clipNorm,
      epsilon: 0.2,
      beta: 0.04,
    })
    const time = await ours(engine, reference, prompts, one)
    engine.dispose()
    reference.dispose()
    const parts = { ...time, total: time.rollout + time.reference + time.train }
    const other = theirs && {
      rollout: theirs.seconds.rollout ?? Number.NaN,
      reference: theirs.seconds.reference ?? Number.NaN,
      train: (theirs.seconds.forward ?? 0) + (theirs.seconds.backward ?? 0) + (theirs.seconds.step ?? 0),
      total: theirs.seconds.total ?? Number.NaN,
    }
    const units = (grid[0] * grid[1] * grid[2]) / 4
    const name = `${size.name}, ${one.prompts} × ${units} video tokens × ${one.completions} × ${one.newTokens}`
    for (const part of ['total', 'rollout', 'reference', 'train'] as const)
      rows.push({
        case: part === 'total' ? name : `  of which ${part}`,
        ours: parts[part],
        peer: other?.[part] ?? null,
        peerName: peerName(theirs),
        ratio: other === undefined ? null : other[part] / parts[part],
        unit: part === 'total' ? 's/update' : 's',
      })
  }
  return rows
}
