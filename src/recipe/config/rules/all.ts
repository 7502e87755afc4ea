import type { Mistake } from '../codec/mistake.ts'
import type { RunSettings } from '../settings/run-settings.ts'
import { mediaRules } from './media.ts'
import { normaliserRules } from './normaliser.ts'
import { phaseRules } from './phases.ts'
import { rewardRules } from './rewards.ts'
import { whoRules } from './who.ts'

/** What is wrong between settings that are right one by one. */
const brokenRules = (settings: RunSettings): readonly Mistake[] => [
  ...phaseRules(settings),
  ...mediaRules(settings),
  ...whoRules(settings),
  ...rewardRules(settings),
  ...normaliserRules(settings),
]

/** Settings that no rule needs. */
const alone: ReadonlySet<string> = new Set(['name', 'seed', 'out', 'backend', 'matmulPrecision', 'tolerate', 'prompt'])

/**
 * What is wrong between settings of which some could not be read: nothing is said of sections that these are in, and where a whole
 * section is missing for them, nothing of what needs it.
 */
export const brokenRulesBeside = (settings: RunSettings, wrong: readonly (readonly string[])[]): readonly Mistake[] => {
  if (wrong.length === 0) return brokenRules(settings)
  const sections = new Set(wrong.map(([section = '']) => section))
  const gone = [...sections].some(section => !alone.has(section) && !Object.hasOwn(settings, section))
  const rules = gone ? mediaRules(settings) : brokenRules(settings)
  return rules.filter(({ path: [section] }) => section !== undefined && !sections.has(section))
}
