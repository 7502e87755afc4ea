import { either as E } from 'fp-ts'
import { adamw, type Memory, predictMemory, type Qwen25VLConfig, type UpdateShape } from '../../../engine/tfjs/index.ts'
import type { Fault } from '../../../flow/index.ts'
import { policyOptions } from '../compile/policy-options.ts'
import type { PolicySetting } from '../settings/policy.ts'
import type { Counts } from './counts.ts'

/** What memory is predicted from. */
export interface MemoryShape {
  readonly config: Qwen25VLConfig
  readonly policy: PolicySetting
  /** How the checkpoint's weights are kept; as float32, when not given. */
  readonly storage?: UpdateShape['storage']
  readonly grid: readonly [time: number, height: number, width: number]
  readonly textTokens: number
}

/** Bytes of tensors by phase, the most of each. */
export interface MemoryPlan {
  readonly weights: number
  readonly sft?: number
  readonly rl?: Memory
}

const chainTokens = 300

const updateOf = (
  { config, policy, storage, grid, textTokens }: MemoryShape,
  prompts: number,
  completions: number,
  newTokens: number,
): UpdateShape => {
  const { adapter, frozen, checkpointing } = policyOptions(policy, undefined)
  const { moments = 'float32' } = policy.optimiser ?? {}
  const optimiser = adamw({ beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01, moments })
  return {
    ...{ config, optimiser, clips: [grid], textTokens, completions, newTokens },
    prompts: Math.min(prompts, policy.groupsAtOnce ?? prompts),
    ...(adapter === undefined ? {} : { adapter }),
    ...(frozen === undefined ? {} : { frozen }),
    ...(checkpointing === undefined ? {} : { checkpointing }),
    ...(storage === undefined ? {} : { storage }),
  }
}

/** An update of a training phase. */
export interface PhaseUpdate {
  readonly phase: string
  readonly update: UpdateShape
  /** Processes that make such updates at the same time. */
  readonly processes: number
}

/**
 * An update of each training phase, with completions as long as they may become. How long chains are is not known, so they
 * count as one token.
 */
export const updatesOf = (shape: MemoryShape, { sft, rl: [arm], atOnce }: Counts): readonly PhaseUpdate[] => [
  ...(sft === undefined
    ? []
    : [{ phase: 'SFT', update: { ...updateOf(shape, sft.batch, 1, 1), samples: false }, processes: 1 }]),
  ...(arm === undefined
    ? []
    : [
        {
          phase: arm.title,
          update: updateOf(shape, arm.prompts, arm.completions, arm.maxTokens),
          processes: atOnce,
        },
      ]),
]

/** The most that asking a policy of the evaluation takes, beside others: no more than an update where as many arms are updated at once. */
export const askingOf = (
  shape: MemoryShape,
  { evaluation, rl, atOnce }: Counts,
): E.Either<Fault, { readonly bytes: number; readonly processes: number }> | undefined => {
  if (evaluation === undefined || evaluation.policiesAtOnce <= (rl.length === 0 ? 1 : atOnce)) return undefined
  const { atOnce: questions, maxTokens, policiesAtOnce: processes } = evaluation
  return E.map(({ rollout: bytes }: Memory) => ({ bytes, processes }))(estimated(shape, questions, 1, maxTokens))
}

const predicted = (
  shape: MemoryShape,
  prompts: number,
  completions: number,
  newTokens: number,
): E.Either<Fault, Memory> => predictMemory(updateOf(shape, prompts, completions, newTokens))

/** Layers times tokens that are rehearsed one after the other in about a second. */
const rehearsed = 4000

/** Lengths of completions that stand in for longer ones. */
const [shorter, short] = [24, 48]

const along = (from: Memory, to: Memory, tokens: number): Memory => {
  const at = (name: keyof Memory): number => to[name] + ((to[name] - from[name]) / (short - shorter)) * (tokens - short)
  const [rollout, reference, gradient, step] = [at('rollout'), at('reference'), at('gradient'), at('step')]
  const { weights, optimiser, load } = to
  const peak = Math.max(load, rollout, reference, gradient, step)
  return { weights, optimiser, load, rollout, reference, gradient, step, peak }
}

/**
 * The same, in seconds for the largest models too: every token of a completion is rehearsed by itself, so of long completions of deep
 * models two short lengths are, and what they take grows on from there in a straight line.
 */
const estimated = (
  shape: MemoryShape,
  prompts: number,
  completions: number,
  newTokens: number,
): E.Either<Fault, Memory> => {
  if (shape.config.text.layers * newTokens <= rehearsed) return predicted(shape, prompts, completions, newTokens)
  const from = predicted(shape, prompts, completions, shorter)
  if (E.isLeft(from)) return from
  return E.map((to: Memory) => along(from.right, to, newTokens))(predicted(shape, prompts, completions, short))
}

/** What the tensors of each training phase will take, by running the engine's own code on tensors without numbers. */
export const memoryOf = (shape: MemoryShape, { sft, rl: [arm] }: Counts): E.Either<Fault, MemoryPlan> => {
  const ofSft = sft === undefined ? E.right(undefined) : estimated(shape, sft.batch, 1, chainTokens)
  if (E.isLeft(ofSft)) return ofSft
  const ofRl = arm === undefined ? E.right(undefined) : estimated(shape, arm.prompts, arm.completions, arm.maxTokens)
  if (E.isLeft(ofRl)) return ofRl
  const [tuning, reinforcing] = [ofSft.right, ofRl.right]
  const known = tuning ?? reinforcing
  const loaded = known === undefined ? predicted(shape, 1, 1, 1) : E.right(known)
  if (E.isLeft(loaded)) return loaded
  return E.right({
    weights: loaded.right.weights,
    // Fine-tuning samples nothing.
    ...(tuning === undefined ? {} : { sft: Math.max(tuning.gradient, tuning.step) }),
    ...(reinforcing === undefined ? {} : { rl: reinforcing }),
  })
}
