import { type LossOptions, presets } from '../../../advantage/index.ts'
import type { RlSetting } from '../settings/phases.ts'
import type { NormaliserSetting } from '../settings/rewards.ts'

/** One arm as it was written, with the loss that it has. */
export interface ArmSetting {
  /** Where its normaliser stands in the configuration. */
  readonly path: readonly string[]
  readonly name: string
  readonly title: string
  readonly normaliser: NormaliserSetting
  readonly loss: LossOptions
  readonly rate?: number
  readonly seed?: number
}

/** What the arms of VideoP2R's study are called. */
const titles: Readonly<Record<string, string>> = {
  paGrpo: 'PA-GRPO',
  grpo: 'GRPO',
  sum: 'sum',
  drGrpo: 'Dr. GRPO',
  gdpo: 'GDPO',
  gspo: 'GSPO',
  rloo: 'RLOO',
  reinforcePlusPlus: 'REINFORCE++',
}

const presetOf = (given: NormaliserSetting): string => (typeof given === 'string' ? given : given.preset)

/** Completions of this many tokens where the configuration does not say. */
export const defaultMaxTokens = 768

/** The loss that was published with a preset; single options of it are replaced by those that are given. */
const lossOf = (preset: string, { loss, sampling }: RlSetting, own: RlSetting['loss'] = {}): LossOptions => {
  const maxCompletionLength = sampling?.maxTokens ?? defaultMaxTokens
  const published: Readonly<Record<string, LossOptions>> = {
    drGrpo: presets.drGrpo({ maxCompletionLength }).loss,
    gspo: presets.gspo({ reward: '' }).loss,
    rloo: presets.rloo().loss,
    reinforcePlusPlus: presets.reinforcePlusPlus().loss,
  }
  return { ...(published[preset] ?? presets.paGrpo().loss), ...loss, ...own }
}

/** The arms of reinforcement: those that are named, or one by its normaliser, PA-GRPO when that is not given. */
export const armsOf = (rl: RlSetting): readonly ArmSetting[] => {
  const { arms, normaliser = 'paGrpo' } = rl
  if (arms === undefined) {
    const name = presetOf(normaliser)
    return [{ path: ['rl', 'normaliser'], name, title: titles[name] ?? name, normaliser, loss: lossOf(name, rl) }]
  }
  return Object.entries(arms).map(([name, arm]) => {
    const {
      normaliser: of,
      title,
      loss,
      ...more
    } = typeof arm === 'object' && 'normaliser' in arm ? arm : { normaliser: arm }
    const preset = presetOf(of)
    const path = ['rl', 'arms', name, ...(typeof arm === 'object' && 'normaliser' in arm ? ['normaliser'] : [])]
    return { path, name, title: title ?? titles[name] ?? name, normaliser: of, loss: lossOf(preset, rl, loss), ...more }
  })
}
