import { sftLoss } from 'kinograd/advantage'
import { beside, peerName } from './engine/beside.ts'
import { rowsInBfloat16 } from './engine/in-bfloat16.ts'
import {
  announced,
  chosen,
  clipNorm,
  done,
  engineOf,
  filler,
  learningRate,
  promptOf,
  type Size,
  sizes,
  timed,
} from './engine/model.ts'
import { forwardWork, matrixPeak, shareOfPeak } from './engine/peak.ts'
import type { Bench, Row } from './row.ts'

interface Case {
  readonly size: Size
  readonly repeats: number
}

const cases: readonly Case[] = [
  { size: sizes.micro, repeats: 15 },
  { size: sizes.small, repeats: 15 },
  { size: sizes.medium, repeats: 5 },
]

const sequences = 8
/** A training run has thousands of steps; the first few compile, on our side. */
const warmup = 4
const grid = [4, 8, 8] as const
const words = 36
const newTokens = 100

/**
 * `npm run bench -- train-step [--peers]`: one step of supervised fine-tuning on 8 different prompts of 64 video tokens and 203
 * tokens in all: loss, gradient, clipping, AdamW. Nothing is shared; the peer has all of them in one batch, too, once as PyTorch runs
 * it call by call and once as torch.compile makes it. Then all of it again with large products in bfloat16 on both sides, where the
 * processor has them.
 */
export const bench: Bench = async ({ peers, rest }) => {
  const { matmulPrecision } = await announced()
  // TensorFlow rounds none here.
  if (matmulPrecision !== (process.env.KINOGRAD_MATMUL_PRECISION || 'float32')) return []
  const peak = matrixPeak()
  const rows: Row[] = []
  for (const { size, repeats } of chosen(cases, rest)) {
    const engine = engineOf(size)
    const prompts = Array.from({ length: sequences }, (_, n) => promptOf(size.config, grid, words, n))
    const completions = prompts.map((_, n) => [
      Int32Array.from(filler(newTokens, size.config.text.vocabSize - 16, 100 + n)),
    ])
    const groups = prompts.map((prompt, n) => ({ prompt, completions: completions[n] ?? [] }))
    const given = { warmup, repeats, seed: 1, prompts, completions, learningRate, clipNorm }
    let loss = Number.NaN
    const step = async () => {
      loss = (await done(engine.forwardBackward(groups, sftLoss()))).loss
      await done(engine.optimStep(learningRate))
    }
    const ours = () => timed(repeats, step, warmup)
    // Peers begin where ours began.
    const untrained = engineOf(size)
    // A machine is quicker in one minute than in the next: each peer is measured between two measurements of ours.
    const before = await ours()
    const reached = loss
    const theirs = await beside(peers, 'train-step', untrained, given)
    const between = peers ? await ours() : before
    const compiled = await beside(peers, 'train-step', untrained, { ...given, compile: true })
    const after = peers ? await ours() : before
    for (const done of [engine, untrained]) done.dispose()
    const tokens = sequences * ((prompts[0]?.ids.length ?? 0) + newTokens)
    for (const [result, how, time] of [
      [theirs, 'eager', (before + between) / 2],
      [compiled, 'torch.compile', (between + after) / 2],
    ] as const) {
      const other = result?.seconds.total ?? null
      rows.push({
        case: `${size.name}, ${sequences} × ${tokens / sequences} tokens`,
        ours: time,
        peer: other,
        peerName: result === undefined ? null : `${peerName(result)}, ${how}`,
        ratio: other === null ? null : other / time,
        unit: 's/step',
      })
      if (result?.loss !== undefined) console.log(`${size.name}: loss ${reached}, ${how} ${result.loss}`)
    }
    const patches = sequences * grid[0] * grid[1] * grid[2]
    const work = 3 * forwardWork(size.config, { text: tokens, head: sequences * newTokens, patches })
    rows.push(shareOfPeak(work, before, peak))
  }
  return [...rows, ...(await rowsInBfloat16('train-step', { peers, rest }))]
}
