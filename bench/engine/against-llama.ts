import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { either as E } from 'fp-ts'
import type { Engine, Prompt } from 'kinograd/engine'
import { adamw, readWeights, type Storage, tfjsEngine } from 'kinograd/engine/tfjs'
import { writeRandomCheckpoint } from '../memory/random-checkpoint.ts'
import { type GgufType, llama } from '../peers/llama.ts'
import type { Row } from '../row.ts'
import { done, filler, type Size } from './model.ts'

type Stored = Exclude<Storage, 'auto'>

/** A group of completions of one prompt of text. */
export interface TextCase {
  readonly size: Size
  /** How weights are stored on both sides. */
  readonly storages: readonly Stored[]
  readonly words: number
  readonly count: number
  readonly maxTokens: number
  /** Turns of ours and theirs; in each the best of two runs. */
  readonly rounds: number
}

/** What llama.cpp calls it. */
const theirs: Readonly<Record<Stored, GgufType>> = { float32: 'F32', bfloat16: 'BF16', int8: 'Q8_0' }

const engineIn = async (folder: string, { config }: Size, storage: Stored): Promise<Engine> => {
  const { parameters, names } = await done(readWeights(folder, config, { storage }))
  return tfjsEngine({
    config,
    parameters,
    format: { names },
    optimiser: adamw({ beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0 }),
  })
}

/**
 * Tokens a second of rollouts from a prompt of text, ours and llama.cpp with the same weights, stored alike, by turns, so
 * that a busy hour is everybody's; the best of all turns. A peer that is not there is said once and left out.
 */
export const againstLlama = async (
  peers: boolean,
  { size, storages, words, count, maxTokens, rounds }: TextCase,
): Promise<readonly Row[]> => {
  const ids = Int32Array.from([5, ...filler(words - 1, size.config.text.vocabSize - 16, 1)])
  const prompts: readonly Prompt[] = [{ ids, media: [] }]
  const sampling = { count, maxTokens, temperature: 1, topP: 0.95 }
  const folder = await mkdtemp(join(tmpdir(), 'kinograd-bench-'))
  try {
    await writeRandomCheckpoint(folder, size.config)
    const rows: Row[] = []
    for (const storage of storages) {
      const type = theirs[storage]
      const engine = await engineIn(folder, size, storage)
      const speed = async (seed: number): Promise<number> => {
        const start = performance.now()
        await done(engine.sample(prompts, { ...sampling, stop: [], seed }))
        return (count * maxTokens) / ((performance.now() - start) / 1e3)
      }
      await speed(0)
      let [ours, peer, name, missing]: [number, number, string | null, boolean] = [0, 0, null, !peers]
      for (let round = 0; round < rounds; round++) {
        for (const seed of [2 * round + 1, 2 * round + 2]) ours = Math.max(ours, await speed(seed))
        if (missing) continue
        const given = { ...sampling, warmup: 1, repeats: 2, seed: round + 1, prompts }
        const result = await llama('rollout', folder, join(folder, 'case'), type, given)
        if (E.isRight(result)) {
          peer = Math.max(peer, result.right.tokensPerSecond)
          name = `llama.cpp ${type} (llama-cpp-python ${result.right.llama})`
        } else {
          missing = true
          console.log(`no llama.cpp in ${type}: ${result.left}`)
        }
      }
      engine.dispose()
      rows.push({
        case: `${size.name} in ${storage}, ${words} tokens of text, ${count} × ${maxTokens}`,
        ours,
        ...{ peer: name === null ? null : peer, peerName: name, ratio: name === null ? null : ours / peer },
        unit: 'tokens/s',
      })
    }
    return rows
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
