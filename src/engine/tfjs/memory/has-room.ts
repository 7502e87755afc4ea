import { freemem } from 'node:os'
import { either as E } from 'fp-ts'
import { fault } from '../../../flow/index.ts'
import type { EngineFault } from '../../engine.ts'
import { type Memory, predictMemory, type UpdateShape } from './predict.ts'

/**
 * Memory that this process may still take, bytes: what is free of the machine's or of its container's.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { availableMemory } from 'kinograd/engine/tfjs'
 *
 * assert(availableMemory() > 0)
 * ```
 */
export const availableMemory = (): number => {
  const { availableMemory: available } = process as { readonly availableMemory?: () => number }
  return available?.() ?? freemem()
}

/** A change of an update that takes less memory, in words. */
type Change = readonly [words: string, changed: UpdateShape | undefined]

const half = (n: number): number => Math.max(1, Math.floor(n / 2))

/** What to change, what costs least of what is learned first. */
const changesOf = (shape: UpdateShape): readonly Change[] => {
  const { adapter, checkpointing, storage = 'float32', completions, newTokens, prompts, clips } = shape
  const { lighter } = shape.optimiser
  const halved = clips.map(([t, h, w]): readonly [number, number, number] => [half(t), h, w])
  const rank = { rank: 16, alpha: 32, targets: 'all-linear' } as const
  return [
    ['checkpointing: true', checkpointing === true ? undefined : { ...shape, checkpointing: true }],
    [lighter?.words ?? '', lighter === undefined ? undefined : { ...shape, optimiser: lighter.optimiser }],
    ["storage: 'bfloat16'", storage === 'float32' ? { ...shape, storage: 'bfloat16' } : undefined],
    ["storage: 'int8'", storage === 'int8' ? undefined : { ...shape, storage: 'int8' }],
    [
      'an adapter of rank 16 on all linear layers',
      adapter === undefined
        ? { ...shape, adapter: rank, storage: storage === 'int8' ? 'int8' : 'bfloat16' }
        : undefined,
    ],
    [`${half(prompts)} prompts at once`, prompts > 1 ? { ...shape, prompts: half(prompts) } : undefined],
    ['half the frames', clips.some(([t]) => t > 1) ? { ...shape, clips: halved } : undefined],
    [`${half(newTokens)} new tokens`, newTokens > 1 ? { ...shape, newTokens: half(newTokens) } : undefined],
    [`${half(completions)} completions`, completions > 1 ? { ...shape, completions: half(completions) } : undefined],
  ]
}

const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(bytes < 1e9 ? 3 : 1)} GB`

const phases = ['load', 'rollout', 'reference', 'gradient', 'step'] as const

/** The single changes that save something, with what the update would take; those first that are enough. */
const remedyOf = (shape: UpdateShape, { peak }: Memory, available: number): string => {
  const tried = changesOf(shape).flatMap(([words, changed]) => {
    const predicted = changed === undefined ? undefined : predictMemory(changed)
    return predicted !== undefined && E.isRight(predicted) && predicted.right.peak < 0.99 * peak
      ? [{ words, bytes: predicted.right.peak }]
      : []
  })
  const said = (some: typeof tried) => some.map(({ words, bytes }) => `${words} (${gigabytes(bytes)})`).join(', ')
  const enough = tried.filter(({ bytes }) => bytes <= available)
  if (enough.length > 0) return `One of these is enough: ${said(enough)}.`
  if (tried.length > 0) return `None of these is enough by itself, take several: ${said(tried)}.`
  return 'Take a smaller model or a larger machine.'
}

/**
 * Whether an update has room, before it starts: what it will take (`predictMemory`), or `Left('NoRoom')` with what each phase takes, what there is,
 * and which changes take less and how much. Ask it when a job begins, before weights are read. `available` is what this process may
 * still take, bytes; what the system says of that when not given. Must not be called while an engine of this process is at work.
 * `Left('BadAdapter')` as `predictMemory`.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import { adamw, hasRoom } from 'kinograd/engine/tfjs'
 *
 * const config = {
 *   text: { hiddenSize: 32, intermediateSize: 48, layers: 2, heads: 4, kvHeads: 2, headDim: 8, vocabSize: 64, rmsEps: 1e-6, ropeTheta: 1e6, mropeSection: [1, 1, 2], maxPositions: 512, tied: true },
 *   vision: { depth: 2, hiddenSize: 16, intermediateSize: 24, heads: 2, inChannels: 3, patchSize: 14, temporalPatchSize: 2, mergeSize: 2, windowSize: 56, fullAttentionBlocks: [1], outHiddenSize: 32, tokensPerSecond: 2 },
 *   tokens: { image: 62, video: 63, visionStart: 60, visionEnd: 61 },
 * } as const
 * const optimiser = adamw({ beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0 })
 * const update = { config, optimiser, prompts: 1, clips: [[2, 8, 8]], textTokens: 9, completions: 8, newTokens: 32 } as const
 * assert(E.isRight(hasRoom(update, 1e9)))
 * const refused = hasRoom(update, 3e6)
 * assert(E.isLeft(refused) && refused.left._tag === 'NoRoom')
 * assert.match(refused.left.remedy, /checkpointing: true/)
 * ```
 */
export const hasRoom = (shape: UpdateShape, available = availableMemory()): E.Either<EngineFault, Memory> =>
  E.flatMap(predictMemory(shape), memory =>
    memory.peak <= available
      ? E.right(memory)
      : E.left(
          fault(
            'NoRoom',
            `the update takes ${gigabytes(memory.peak)}, and there are ${gigabytes(available)}: ${phases.map(phase => `${phase} ${gigabytes(memory[phase])}`).join(', ')}`,
            remedyOf(shape, memory, available),
          ),
        ),
  )
