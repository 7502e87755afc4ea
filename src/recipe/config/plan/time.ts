import type { Counts } from './counts.ts'

/** What decides how long a policy computes. */
export interface Sizes {
  readonly parameters: number
  readonly layers: number
  /** Tokens of a prompt, those of its clip included. */
  readonly promptTokens: number
  readonly backend: string
}

/** Products a second of two cores, and seconds of one small operation: stated rates, measured once (bench train-step). */
const rates: Readonly<Record<string, { readonly flops: number; readonly operation: number }>> = {
  native: { flops: 2e11, operation: 10e-6 },
  wasm: { flops: 2.5e10, operation: 7e-6 },
  cpu: { flops: 1e9, operation: 3e-6 },
}

/** Small operations of a layer, forward. */
const operations = 60

/** Seconds that phases take, by stated rates: half and double of it would be no surprise. */
export const secondsOf = (counts: Counts, { parameters, layers, promptTokens, backend }: Sizes) => {
  const { flops, operation } = rates[backend] ?? rates.wasm!
  const product = (tokens: number, passes: number): number => (2 * parameters * tokens * passes) / flops
  const overhead = (passes: number): number => passes * layers * operations * operation
  const answer = (maxTokens: number): number => product(promptTokens + maxTokens, 1) + overhead(maxTokens / 8)
  const { annotation, sft, rl, evaluation, watched } = counts
  const chain = 300
  return {
    annotation: (annotation ?? 0) * 0.05,
    sft: sft === undefined ? 0 : sft.steps * (sft.batch * product(promptTokens + chain, 3) + overhead(3)),
    rl: rl.map(({ updates, prompts, completions, maxTokens, reference }) => {
      const tokens = prompts * (promptTokens + completions * maxTokens)
      return updates * (product(tokens, (reference ? 1 : 0) + 4) + overhead(maxTokens + 4))
    }),
    evaluation:
      evaluation === undefined
        ? 0
        : evaluation.policies * evaluation.questions * evaluation.rounds * answer(evaluation.maxTokens),
    watched: watched * answer(evaluation?.maxTokens ?? 256),
  }
}
