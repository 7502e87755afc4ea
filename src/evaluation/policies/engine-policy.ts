import { either as E, function as F, taskEither as TE } from 'fp-ts'
import type { VideoRecord } from '../../dataset/index.ts'
import type { Engine, Prompt, Sampling, Tokenizer } from '../../engine/index.ts'
import { type Fault, fault } from '../../flow/index.ts'
import type { EvaluatedPolicy, PolicyQuestion } from './policy.ts'

/** An engine, and how questions become its prompts. */
export interface EnginePolicyOptions<R extends VideoRecord = VideoRecord> {
  readonly name: string
  readonly engine: Engine
  readonly tokenizer: Pick<Tokenizer, 'pieces' | 'eos'>
  /** What the policy reads of a question: `qwenPrompt`, or a prompt of a vocabulary of one's own. */
  readonly prompt: (question: PolicyQuestion<R>) => E.Either<Fault, Prompt>
  /** Temperature 0.01, top-p 0.001 and 1,024 tokens when not given: the paper's, and the tokens of Video-R1's script. */
  readonly sampling?: Partial<Omit<Sampling, 'count' | 'seed' | 'stop'>>
  /** Tokens that end an answer; the tokenizer's `eos` alone when not given. */
  readonly stop?: readonly number[]
  /** 0 when not given. Each question is sampled by itself, so that neither order nor resuming changes an answer. */
  readonly seed?: number
}

/**
 * An engine of the engine room as the policy that is evaluated, one question at a time. The engine is the caller's, who disposes of it.
 * Left: what `prompt` gives, the faults of the engine.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import { tinyPolicy } from 'kinograd/engine/tfjs'
 * import { enginePolicy } from 'kinograd/evaluation'
 *
 * const { engine, tokenizer } = tinyPolicy()
 * const prompt = () => E.right({ ids: Int32Array.of(72, 105), media: [] })
 * const policy = enginePolicy({ name: 'tiny', engine, tokenizer, prompt, sampling: { maxTokens: 4 } })
 * const more = { problemType: 'numerical', dataType: 'video', options: [], path: 'a.mp4', source: '' } as const
 * const record = { ...more, id: '1', problem: 'How many?', answer: '3' }
 * assert(E.isRight(await policy.answer({ record, prompt: 'How many?' }, new AbortController().signal)()))
 * engine.dispose()
 * ```
 */
export const enginePolicy = <R extends VideoRecord = VideoRecord>({
  name,
  engine,
  tokenizer,
  prompt,
  sampling = {},
  stop = [tokenizer.eos],
  seed = 0,
}: EnginePolicyOptions<R>): EvaluatedPolicy<R> => {
  const settings = { temperature: 0.01, topP: 0.001, maxTokens: 1024, ...sampling }
  const empty = fault('EmptyGroup', `${name} gave 0 completions`, 'Look at the engine.')
  return {
    name,
    settings: JSON.stringify({ ...settings, seed }),
    answer: (question, signal) =>
      F.pipe(
        TE.fromEither(prompt(question)),
        TE.flatMap(
          (made): TE.TaskEither<Fault, string> =>
            F.pipe(
              engine.sample([made], { ...settings, count: 1, stop, seed }, signal),
              TE.mapLeft((wrong): Fault => wrong),
              TE.flatMapEither(([group]) => {
                const [first] = group ?? []
                if (first === undefined) return E.left(empty)
                const pieces = tokenizer.pieces(first.ids)
                return E.right((first.stop === 'stop' ? pieces.slice(0, -1) : pieces).join(''))
              }),
            ),
        ),
      ),
  }
}
