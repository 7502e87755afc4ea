import { sftLoss } from 'kinograd/advantage'
import { selectBackend } from 'kinograd/engine/tfjs'
import { beside, peerName } from './engine/beside.ts'
import {
  chosen,
  clipNorm,
  done,
  engineOf,
  filler,
  learningRate,
  median,
  promptOf,
  type Size,
  sizes,
} from './engine/model.ts'
import { forwardWork, matrixPeak } from './engine/peak.ts'
import type { Bench, Row } from './row.ts'

interface Case {
  readonly size: Size
  readonly repeats: number
}

const cases: readonly Case[] = [
  { size: sizes.micro, repeats: 7 },
  { size: sizes.small, repeats: 7 },
  { size: sizes.medium, repeats: 3 },
]

const sequences = 8
const grid = [4, 8, 8] as const
const words = 36
const newTokens = 100

/**
 * `npm run bench -- train-step [--peers]`: one step of supervised fine-tuning on 8 different prompts of 64 video tokens and 203
 * tokens in all: loss, gradient, clipping, AdamW. Nothing is shared; the peer has all of them in one batch, too.
 */
export const bench: Bench = async ({ peers, rest }) => {
  const backend = await done(selectBackend())
  console.log(`backend: ${backend.detail}`)
  const peak = matrixPeak()
  const rows: Row[] = []
  for (const { size, repeats } of chosen(cases, rest)) {
    const engine = engineOf(size)
    const prompts = Array.from({ length: sequences }, (_, n) => promptOf(size.config, grid, words, n))
    const completions = prompts.map((_, n) => [
      Int32Array.from(filler(newTokens, size.config.text.vocabSize - 16, 100 + n)),
    ])
    const groups = prompts.map((prompt, n) => ({ prompt, completions: completions[n] ?? [] }))
    const theirs = await beside(peers, 'train-step', engine, {
      warmup: 1,
      repeats,
      seed: 1,
      prompts,
      completions,
      learningRate,
      clipNorm,
    })
    const seconds: number[] = []
    let loss = Number.NaN
    for (let i = -1; i < repeats; i++) {
      const start = performance.now()
      loss = (await done(engine.forwardBackward(groups, sftLoss()))).loss
      await done(engine.optimStep(learningRate))
      if (i >= 0) seconds.push((performance.now() - start) / 1000)
    }
    const time = median(seconds)
    engine.dispose()
    const other = theirs?.seconds.total ?? null
    const tokens = sequences * ((prompts[0]?.ids.length ?? 0) + newTokens)
    rows.push({
      case: `${size.name}, ${sequences} × ${tokens / sequences} tokens`,
      ours: time,
      peer: other,
      peerName: peerName(theirs),
      ratio: other === null ? null : other / time,
      unit: 's/step',
    })
    if (theirs?.loss !== undefined) console.log(`${size.name}: loss ${loss}, theirs ${theirs.loss}`)
    const patches = sequences * grid[0] * grid[1] * grid[2]
    const work = 3 * forwardWork(size.config, { text: tokens, head: sequences * newTokens, patches })
    rows.push({
      case: '  share of the matrix-product peak',
      ours: work / time / peak,
      peer: null,
      peerName: null,
      ratio: null,
      unit: '',
    })
  }
  return rows
}
