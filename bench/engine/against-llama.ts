import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { either as E } from 'fp-ts'
import type { Prompt } from 'kinograd/engine'
import { type GgufType, type LlamaResult, llama } from '../peers/llama.ts'
import type { Row } from '../row.ts'
import { done, engineOf, filler, type Size } from './model.ts'

/** A group of completions of one prompt of text. */
export interface TextCase {
  readonly size: Size
  readonly words: number
  readonly count: number
  readonly maxTokens: number
  /** Turns of ours and theirs; in each the best of two runs. */
  readonly rounds: number
}

const types: readonly GgufType[] = ['F32', 'BF16', 'Q8_0']

/** The most that was reached. */
const best = (speeds: readonly number[]): number | null => (speeds.length === 0 ? null : Math.max(...speeds))

/**
 * Tokens a second of rollouts from a prompt of text, ours in float32 and llama.cpp with its weights in three types, by turns, so that
 * a busy hour is everybody's; the best of all turns. A peer that is not there is said once and left out.
 */
export const againstLlama = async (
  peers: boolean,
  { size, words, count, maxTokens, rounds }: TextCase,
): Promise<readonly Row[]> => {
  const engine = engineOf(size)
  const ids = Int32Array.from([5, ...filler(words - 1, size.config.text.vocabSize - 16, 1)])
  const prompts: readonly Prompt[] = [{ ids, media: [] }]
  const sampling = { count, maxTokens, temperature: 1, topP: 0.95 }
  const folder = await mkdtemp(join(tmpdir(), 'kinograd-bench-'))
  const ours: number[] = []
  const theirs = new Map<GgufType, LlamaResult[]>(types.map(type => [type, []]))
  const missing = new Set<GgufType>(peers ? [] : types)
  try {
    if (peers) await done(engine.save(folder))
    await done(engine.sample(prompts, { ...sampling, stop: [], seed: 0 }))
    for (let round = 0; round < rounds; round++) {
      for (const seed of [2 * round + 1, 2 * round + 2]) {
        const start = performance.now()
        await done(engine.sample(prompts, { ...sampling, stop: [], seed }))
        ours.push((count * maxTokens) / ((performance.now() - start) / 1e3))
      }
      for (const type of types) {
        if (missing.has(type)) continue
        const given = { ...sampling, warmup: 1, repeats: 2, seed: round + 1, prompts }
        const result = await llama('rollout', folder, join(folder, 'case'), type, given)
        if (E.isRight(result)) theirs.get(type)!.push(result.right)
        else {
          missing.add(type)
          console.log(`no llama.cpp in ${type}: ${result.left}`)
        }
      }
    }
  } finally {
    engine.dispose()
    await rm(folder, { recursive: true, force: true })
  }
  const reached = Math.max(...ours)
  return types.map(type => {
    const runs = theirs.get(type)!
    const peer = best(runs.map(({ tokensPerSecond }) => tokensPerSecond))
    return {
      case: `${size.name}, ${words} tokens of text, ${count} × ${maxTokens}`,
      ours: reached,
      peer,
      peerName: runs[0] === undefined ? null : `llama.cpp ${type} (llama-cpp-python ${runs[0].llama})`,
      ratio: peer === null ? null : reached / peer,
      unit: 'tokens/s',
    }
  })
}
