import { function as F, taskEither as TE } from 'fp-ts'
import { promptOf, qwenChatPrompt } from '../../engine/index.ts'
import type { BackendChoice, LoadedPolicy } from '../../engine/tfjs/index.ts'
import type { Fault } from '../../flow/index.ts'
import { type EnginePolicyOptions, enginePolicy } from './engine-policy.ts'
import type { EvaluatedPolicy } from './policy.ts'

/** A policy that was opened, and what gives its memory back. */
export interface OpenedPolicy {
  readonly policy: EvaluatedPolicy
  readonly close: () => void
  /** It makes frames as small as it needs them itself: show them as they are. */
  readonly resizes: boolean
}

/** How a checkpoint is asked. */
export interface CheckpointPolicyOptions {
  readonly backend?: BackendChoice
  readonly sampling?: NonNullable<EnginePolicyOptions['sampling']>
  /** Of the sampling; 0 when not given. */
  readonly seed?: number
  /** The most pixels of a frame: 256 × 28 × 28, or what the checkpoint was made for where that is less, when not given. */
  readonly pixels?: number
}

/** The paper's frames at inference (arXiv 2511.11113, section 8.1). */
const mostPixels = 256 * 28 * 28

/** A question as the chat template of Qwen2.5-VL takes it: the frames, where there are any, before the prompt. */
const promptFor = (
  { tokenizer, preprocessor }: Pick<LoadedPolicy, 'tokenizer' | 'preprocessor'>,
  pixels: number,
): EnginePolicyOptions['prompt'] => {
  const own = preprocessor.pixels.video ?? { minPixels: 0, maxPixels: pixels }
  const maxPixels = Math.min(pixels, own.maxPixels)
  const video = { ...own, minPixels: Math.min(own.minPixels, maxPixels), maxPixels }
  const seen = qwenChatPrompt({ ...preprocessor, tokenizer, pixels: { ...preprocessor.pixels, video } })
  return ({ prompt, frames, clip }) => {
    if (frames === undefined) return promptOf(tokenizer, [{ role: 'user', content: prompt }])
    const medium =
      frames.kind === 'image'
        ? ({ kind: 'image', frames } as const)
        : ({ kind: 'video', frames, ...(clip === undefined ? {} : { clip }) } as const)
    return seen([{ role: 'user', content: [medium, prompt] }])
  }
}

/**
 * Opens a checkpoint of Qwen2.5-VL as the policy that is evaluated: a folder as Hugging Face has it, or as a run wrote it. It computes in
 * this process; `close` gives its memory back. Loads TensorFlow.js when it is called. Left: as of `loadPolicy`.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import { openCheckpointPolicy } from 'kinograd/evaluation'
 *
 * const opened = await openCheckpointPolicy('no such folder')()
 * assert(E.isLeft(opened) && opened.left._tag === 'BadCheckpoint')
 * ```
 */
export const openCheckpointPolicy = (
  folder: string,
  { backend, pixels = mostPixels, ...options }: CheckpointPolicyOptions = {},
): TE.TaskEither<Fault, OpenedPolicy> =>
  F.pipe(
    TE.fromTask(() => import('../../engine/tfjs/index.ts')),
    TE.flatMap(({ loadPolicy }) => loadPolicy(folder, backend === undefined ? {} : { backend })),
    TE.bimap(
      (wrong): Fault => wrong,
      ({ engine, tokenizer, preprocessor }) => ({
        policy: enginePolicy({
          ...{ name: `checkpoint:${folder}`, engine, tokenizer },
          prompt: promptFor({ tokenizer, preprocessor }, pixels),
          ...options,
        }),
        close: () => engine.dispose(),
        resizes: true,
      }),
    ),
  )
