import type { WorldSizes } from './world/index.ts'

/** How much of everything: the sizes of the world and the lengths of training. */
export interface Preset {
  readonly name: 'quick' | 'default' | 'full'
  readonly world: WorldSizes
  readonly sft: { readonly steps: number; readonly batch: number; readonly rate: number }
  readonly rl: {
    readonly updates: number
    readonly prompts: number
    readonly completions: number
    /** Runs of each arm. */
    readonly seeds: number
    /** Learning rate of each arm. */
    readonly rates: { readonly grpo: number; readonly sum: number; readonly paGrpo: number }
    /** Updates between two evaluations on the way. */
    readonly every: number
  }
  /** Whether the evaluation asks every question a second time, at temperature 1. */
  readonly again: boolean
  /** Expected minutes by phase on two cores, on the native backend and on WebAssembly. */
  readonly minutes: Readonly<Record<'native' | 'wasm', Readonly<Record<PhaseName, number>>>>
}

/** The phases of the job, in their order. */
export const phaseNames = ['world', 'CoT data', 'SFT', 'GRPO', 'sum', 'PA-GRPO', 'evaluation', 'report'] as const
export type PhaseName = (typeof phaseNames)[number]

/** Share of the questions of reinforcement that are not stepped: with fewer, GRPO forgets OCR and multiple choice. */
const other = 0.4

const sizes = (pool: number, rl: number, dev: number, test: number): WorldSizes => ({
  'train-sft': { clips: pool, questions: 6 },
  'train-rl': { clips: rl, questions: 1, other },
  dev: { clips: dev, questions: 1 },
  test: { clips: test, questions: 1 },
})

/** Each arm's own best of one grid, by accuracy on the development split (docs/results). */
const rates = { grpo: 2.4e-4, sum: 2.4e-4, paGrpo: 1.6e-4 }

/** Minutes of world, CoT data, SFT, each of the three arms, evaluation and report. */
const minutes = (world: number, cot: number, sft: number, arm: number, evaluation: number, report: number) => ({
  world,
  'CoT data': cot,
  SFT: sft,
  GRPO: arm,
  sum: arm,
  'PA-GRPO': arm,
  evaluation,
  report,
})

export const presets: Readonly<Record<Preset['name'], Preset>> = {
  /** Shows that everything runs; too short for the arms to part. */
  quick: {
    name: 'quick',
    world: sizes(900, 80, 40, 120),
    sft: { steps: 320, batch: 16, rate: 2e-3 },
    rl: { updates: 8, prompts: 4, completions: 8, seeds: 1, rates, every: 4 },
    again: true,
    minutes: {
      native: minutes(0.2, 0.2, 0.9, 0.1, 0.2, 0.1),
      wasm: minutes(0.2, 0.2, 4, 0.4, 0.5, 0.1),
    },
  },
  default: {
    name: 'default',
    world: sizes(3500, 400, 100, 600),
    sft: { steps: 1600, batch: 32, rate: 2e-3 },
    rl: { updates: 40, prompts: 10, completions: 8, seeds: 3, rates, every: 10 },
    again: false,
    minutes: {
      native: minutes(0.4, 0.5, 4, 0.25, 0.4, 0.1),
      wasm: minutes(0.4, 0.5, 36, 1, 1.6, 0.1),
    },
  },
  /** The sizes of the study in docs/results. */
  full: {
    name: 'full',
    world: sizes(5000, 400, 200, 600),
    sft: { steps: 1600, batch: 32, rate: 2e-3 },
    rl: { updates: 40, prompts: 10, completions: 8, seeds: 3, rates, every: 10 },
    again: true,
    minutes: {
      native: minutes(0.5, 0.8, 7, 0.25, 0.9, 0.1),
      wasm: minutes(0.5, 0.8, 30, 1, 3.2, 0.1),
    },
  },
}
