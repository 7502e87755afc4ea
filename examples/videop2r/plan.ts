import type { BackendChoice } from 'kinograd/engine/tfjs'
import type { StatusPlan } from 'kinograd/run'
import { type PhaseName, type Preset, phaseNames } from './presets.ts'

/** What will be done and how long it takes, said before it is done. */
export const planOf = (preset: Preset, backend: BackendChoice, notes: readonly string[]): StatusPlan => {
  const minutes = preset.minutes[backend === 'native' ? 'native' : 'wasm']
  const does: Readonly<Record<PhaseName, string>> = {
    world: `render ${preset.world['train-sft'].clips + preset.world.test.clips} and more clips as H.264, write their questions`,
    'CoT data': 'decode, annotate, verify, judge: chains of thought for fine-tuning',
    SFT: `fine-tune a Qwen2.5-VL of 0.75 million parameters, ${preset.sft.steps} steps`,
    GRPO: `${preset.rl.updates} updates, answer reward on all tokens`,
    sum: `${preset.rl.updates} updates, both rewards added, on all tokens`,
    'PA-GRPO': `${preset.rl.updates} updates, each process its own reward on its own tokens`,
    evaluation: `five policies on ${preset.world.test.clips} held-out clips`,
    report: 'tables and figures',
  }
  return {
    title: `VideoP2R on a world of small clips, preset ${preset.name}`,
    notes,
    phases: phaseNames.map(name => ({ name, does: does[name], minutes: minutes[name] })),
  }
}
