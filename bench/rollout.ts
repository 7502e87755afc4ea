import { againstLlama, type TextCase } from './engine/against-llama.ts'
import { beside, peerName } from './engine/beside.ts'
import { announced, chosen, done, engineOf, promptOf, type Size, sizes, timed } from './engine/model.ts'
import { forwardWork, matrixPeak, shareOfPeak } from './engine/peak.ts'
import type { Bench, Row } from './row.ts'

interface Case {
  readonly size: Size
  readonly grid: readonly [number, number, number]
  readonly count: number
  readonly maxTokens: number
  readonly repeats: number
}

const cases: readonly Case[] = [
  { size: sizes.small, grid: [4, 8, 8], count: 8, maxTokens: 96, repeats: 5 },
  { size: sizes.small, grid: [8, 20, 24], count: 8, maxTokens: 256, repeats: 3 },
  { size: sizes.medium, grid: [4, 8, 8], count: 8, maxTokens: 96, repeats: 3 },
  { size: sizes.medium, grid: [8, 20, 24], count: 8, maxTokens: 256, repeats: 3 },
]

const words = 24

/** As many tokens as the first and third case have with their clip. */
const text = { words: 91, count: 8, maxTokens: 96 }
const textCases: readonly TextCase[] = [
  { ...text, size: sizes.small, storages: ['float32', 'bfloat16', 'int8'], rounds: 4 },
  { ...text, size: sizes.medium, storages: ['float32', 'bfloat16', 'int8'], rounds: 3 },
  { ...text, size: sizes.large, storages: ['bfloat16', 'int8'], rounds: 1 },
]

/**
 * `npm run bench -- rollout [--peers]`: G = 8 completions of one prompt, no stop token, against Hugging Face's `generate` with
 * `num_return_sequences`, same weights and prompt; and of a prompt of text alone against llama.cpp.
 */
export const bench: Bench = async ({ peers, rest }) => {
  await announced()
  const peak = matrixPeak()
  const rows: Row[] = []
  for (const { size, grid, count, maxTokens, repeats } of chosen(cases, rest)) {
    const engine = engineOf(size)
    const prompt = promptOf(size.config, grid, words, 1)
    const sampling = { count, maxTokens, temperature: 1, topP: 0.95, stop: [] }
    const theirs = await beside(peers, 'rollout', engine, {
      ...sampling,
      warmup: 1,
      repeats,
      seed: 1,
      prompts: [prompt],
    })
    const time = await timed(repeats, run => done(engine.sample([prompt], { ...sampling, seed: run + 1 })))
    engine.dispose()
    const tokens = count * maxTokens
    const patches = grid[0] * grid[1] * grid[2]
    const name = `${size.name}, ${patches / 4} video tokens, ${count} × ${maxTokens}`
    const other = theirs?.tokensPerSecond ?? null
    const ours = tokens / time
    rows.push({
      case: name,
      ours,
      peer: other,
      peerName: peerName(theirs),
      ratio: other === null ? null : ours / other,
      unit: 'tokens/s',
    })
    const work = forwardWork(size.config, { text: prompt.ids.length + tokens, head: tokens, patches })
    rows.push(shareOfPeak(work, time, peak))
  }
  for (const one of chosen(textCases, rest)) rows.push(...(await againstLlama(peers, one)))
  return rows
}
