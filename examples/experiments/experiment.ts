import type { taskEither as TE } from 'fp-ts'
import type { Fault } from 'kinograd/flow'
import type { Figure, ReportTable, Status } from 'kinograd/run'
import type { Preset } from '../videop2r/presets.ts'

/** Where and how large experiments are made. */
export interface Place {
  readonly preset: Preset
  readonly backend: 'native' | 'wasm' | 'cpu'
  /** Seeds of world, teacher, weights and reinforcement: everything is made anew for each. */
  readonly seeds: readonly number[]
  /** Folder of what experiments share: worlds, fine-tuned checkpoints, arms. */
  readonly cache: string
  readonly signal: AbortSignal
  readonly status?: Status
}

/** What an experiment found. */
export interface Findings {
  readonly tables: readonly ReportTable[]
  readonly figures: readonly Figure[]
  /** What the tables say and what they do not, a paragraph each. */
  readonly notes: readonly string[]
}

/** One of the paper's experiments, or an open question of it, on the world of small clips. */
export interface Experiment {
  readonly name: string
  readonly title: string
  /** What is asked, in one sentence, with its place in the paper. */
  readonly asks: string
  /** How it is asked here: what is trained, on what, what is compared. */
  readonly how: string
  readonly run: (place: Place) => TE.TaskEither<Fault, Findings>
}
