import type { CotRecord, VideoRecord } from '../dataset/index.ts'
import type { Split } from './split.ts'

/** Supervised fine-tuning on chains of thought: the loss is on the chain's tokens alone. */
export interface FineTuning<R extends VideoRecord = VideoRecord> {
  /** What the phase is called; `SFT` when not given. */
  readonly title?: string
  /** The chains; those of the data phase when not given. */
  readonly chains?: Split<R & CotRecord>
  /** Checkpoint that it goes on from; the policy as it was opened when not given. */
  readonly start?: string
  /** Optimiser steps. */
  readonly steps: number
  /** Chains of a step. */
  readonly batch: number
  /** Learning rate by step, from 0: `cosine(2e-3, { steps, warmup: 50 })`. */
  readonly rate: (step: number) => number
}
