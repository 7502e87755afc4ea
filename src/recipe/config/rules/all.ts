import type { Mistake } from '../codec/mistake.ts'
import type { RunSettings } from '../settings/run-settings.ts'
import { mediaRules } from './media.ts'
import { normaliserRules } from './normaliser.ts'
import { phaseRules } from './phases.ts'
import { rewardRules } from './rewards.ts'
import { whoRules } from './who.ts'

/** What is wrong between settings that are right one by one. */
export const brokenRules = (settings: RunSettings): readonly Mistake[] => [
  ...phaseRules(settings),
  ...mediaRules(settings),
  ...whoRules(settings),
  ...rewardRules(settings),
  ...normaliserRules(settings),
]
