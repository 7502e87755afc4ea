import { completionRules } from './completion-rules.ts'
import type { Finding } from './finding.ts'
import type { Signs } from './signs.ts'
import { stepRules } from './step-rules.ts'
import { oneVerdict, yesRate } from './verdict-rule.ts'

const rules = [...stepRules, oneVerdict, yesRate, ...completionRules]

/** What the numbers of a phase say against it, the worst first. */
export const findingsOf = (signs: Signs): readonly Finding[] =>
  rules
    .flatMap(rule => rule(signs))
    .map(finding => ({ phase: signs.phase, ...finding }))
    .toSorted((a, b) => b.weight - a.weight)
