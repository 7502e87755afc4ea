import { type Preset, presets } from '../videop2r/presets.ts'

const none = { world: 0, 'CoT data': 0, SFT: 0, GRPO: 0, sum: 0, 'PA-GRPO': 0, evaluation: 0, report: 0 }

/** Sizes of experiments: `quick` shows within seconds that one runs and finds nothing; `default` and `full` are those of the main job. */
export const sizes: Readonly<Record<Preset['name'], Preset>> = {
  quick: {
    name: 'quick',
    world: {
      'train-sft': { clips: 40, questions: 2 },
      'train-rl': { clips: 6, questions: 1, other: 0.4 },
      dev: { clips: 4, questions: 1 },
      test: { clips: 8, questions: 1 },
    },
    sft: { steps: 6, batch: 4, rate: 1e-3 },
    rl: { updates: 2, prompts: 2, completions: 3, seeds: 1, rates: { grpo: 1e-4, sum: 1e-4, paGrpo: 1e-4 }, every: 1 },
    again: false,
    minutes: { native: none, wasm: none },
  },
  default: presets.default,
  full: presets.full,
}
