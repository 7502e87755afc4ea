import type { Preset } from '../../../examples/videop2r/presets.ts'

/** The main job at a size that takes seconds: more chains than its steps of fine-tuning take, and no more. */
export const tiny: Preset = {
  name: 'quick',
  world: {
    'train-sft': { clips: 16, questions: 2 },
    'train-rl': { clips: 6, questions: 1 },
    dev: { clips: 3, questions: 1 },
    test: { clips: 5, questions: 1 },
  },
  sft: { steps: 6, batch: 4, rate: 1e-3 },
  rl: { updates: 2, prompts: 2, completions: 3, seeds: 1, rates: { grpo: 1e-4, sum: 1e-4, paGrpo: 1e-4 }, every: 1 },
  again: true,
  minutes: {
    native: { world: 0, 'CoT data': 0, SFT: 0, GRPO: 0, sum: 0, 'PA-GRPO': 0, evaluation: 0, report: 0 },
    wasm: { world: 0, 'CoT data': 0, SFT: 0, GRPO: 0, sum: 0, 'PA-GRPO': 0, evaluation: 0, report: 0 },
  },
}
