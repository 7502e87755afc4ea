import type { Completion, Prompt, Sampling } from '../../engine.ts'
import type { Model } from '../model/forward.ts'
import type { MropeLayout } from '../model/mrope-layout.ts'
import { uniformStream } from '../tensors/random.ts'
import type { ScoresOf } from './decode/decoding.ts'
import { startDecoding } from './decode/start.ts'
import { type Drawn, draw } from './distribution.ts'

/**
 * Samples G completions a prompt, all prompts and completions in step. One prefill a prompt; the cache of a group's completions
 * holds only what is theirs. The random numbers of a completion depend on (seed, prompt index, completion index) alone.
 * `signal` is looked at before every token. Memory: `startDecoding`.
 */
export const sampleCompletions = async (
  model: Model,
  prompts: readonly Prompt[],
  sampling: Sampling,
  layout: MropeLayout,
  signal?: AbortSignal,
): Promise<readonly (readonly Completion[])[]> => {
  const { count: G, maxTokens, temperature, stop } = sampling
  const rows = Array.from({ length: prompts.length * G }, (_, r) => {
    const n = Math.floor(r / G)
    return {
      prompt: n,
      uniform: uniformStream(sampling.seed, n, r % G),
      seen: new Set(prompts[n]!.ids),
      drawn: [] as Drawn[],
      done: false,
    }
  })
  const take = (scoresOf: ScoresOf): void => {
    rows.forEach((row, r) => {
      if (row.done) return
      const drawn = draw(scoresOf(r), sampling, row.seen, row.uniform())
      row.drawn.push(drawn)
      row.seen.add(drawn.token)
      row.done = stop.includes(drawn.token)
    })
  }
  const decoding = startDecoding(model, prompts, { perPrompt: G, maxTokens, temperature, layout })
  try {
    take(decoding.first)
    for (let t = 1; t < maxTokens && rows.some(row => !row.done); t++) {
      // A step blocks this thread: without this no timer, no file and no Ctrl-C would have its turn before the last token.
      await new Promise(resolve => setImmediate(resolve))
      signal?.throwIfAborted()
      take(await decoding.next(Int32Array.from(rows, row => (row.done ? -1 : row.drawn.at(-1)!.token))))
    }
  } finally {
    decoding.dispose()
  }
  return prompts.map((_, n) =>
    rows.slice(n * G, (n + 1) * G).map(({ drawn, done }) => ({
      ids: Int32Array.from(drawn, d => d.token),
      logprobs: Float32Array.from(drawn, d => d.logprob),
      samplingLogprobs: Float32Array.from(drawn, d => d.samplingLogprob),
      stop: done ? 'stop' : 'length',
    })),
  )
}
