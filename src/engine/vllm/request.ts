import { either as E } from 'fp-ts'
import type { EngineFault, Prompt, Sampling } from '../engine.ts'
import type { PadTokens } from '../tinker/remote/pads.ts'
import { featuresOf } from './features.ts'

/** One request for completions of one prompt. */
export interface Asking {
  readonly verb: string
  readonly body: Readonly<Record<string, unknown>>
}

/** What is asked of a prompt: completions, or the log-probabilities of its own tokens. */
export interface Wish extends Omit<Sampling, 'stop' | 'seed'> {
  readonly stop: readonly number[]
  readonly seed: number
  readonly promptLogprobs?: boolean
}

/**
 * Every setting is sent, also where it is off: what is left away a server fills in from the model's generation_config.json, which for
 * Qwen2.5-VL has a repetition penalty of 1.05.
 */
const settingsOf = (wish: Wish) => ({
  ...{ n: wish.count, max_tokens: wish.maxTokens, seed: wish.seed, temperature: wish.temperature },
  ...{ top_p: wish.topP ?? 1, top_k: wish.topK ?? 0, min_p: wish.minP ?? 0 },
  ...{ repetition_penalty: wish.repetitionPenalty ?? 1, presence_penalty: 0, frequency_penalty: 0 },
  ...{ stop_token_ids: [...wish.stop], ignore_eos: true, skip_special_tokens: false, logprobs: 1 },
  ...(wish.promptLogprobs === true ? { prompt_logprobs: 0 } : {}),
})

/**
 * A request of token ids: `/v1/completions` (`vllm/entrypoints/openai/completion/protocol.py`) for text, and `/inference/v1/generate`
 * (`vllm/entrypoints/scale_out/token_in_token_out/protocol.py`) where there are media, which go as features. No text is sent, so that
 * none is tokenised. Left: `BadPrompt`.
 */
export const askingOf = (prompt: Prompt, model: string, wish: Wish, pads: PadTokens): E.Either<EngineFault, Asking> =>
  E.map((features: ReturnType<typeof featuresOf> extends E.Either<unknown, infer F> ? F : never): Asking => {
    const ids = [...prompt.ids]
    if (features === undefined)
      return {
        verb: 'v1/completions',
        body: { model, prompt: ids, ...settingsOf(wish), return_token_ids: true, add_special_tokens: false },
      }
    return {
      verb: 'inference/v1/generate',
      body: { model, token_ids: ids, features, sampling_params: settingsOf(wish), return_token_ids: true },
    }
  })(featuresOf(prompt, pads))
