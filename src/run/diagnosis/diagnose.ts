import type { RunRecord } from '../report/record.ts'
import type { Section } from '../report/section.ts'
import type { Finding } from './finding.ts'
import { findingsOf } from './rules.ts'
import { signsOf } from './signs.ts'

/**
 * Why a run does not learn, or may not: what its own numbers say, the worst first. Goes by the metrics under TRL's names
 * (`frac_reward_zero_std/<process>`, `unscored/<process>`, `completions/clipped_ratio`, `kl`, `entropy`, `grad_norm`,
 * `learning_rate`, …) and by the groups that were kept.
 */
export const diagnose = (record: Pick<RunRecord, 'curves' | 'groups'>): readonly Finding[] =>
  signsOf(record)
    .flatMap(findingsOf)
    .toSorted((a, b) => b.weight - a.weight)

/** A finding as lines of text. */
export const findingLines = ({ phase, sign, cause, remedy }: Finding): readonly string[] => [
  `${phase}: ${sign}.`,
  `  ${cause} ${remedy}`,
]

/** The findings as a section of the page; none where nothing speaks against the run. */
export const diagnosisSections = (record: Pick<RunRecord, 'curves' | 'groups'>): readonly Section[] => {
  const findings = diagnose(record)
  return findings.length === 0
    ? []
    : [
        {
          title: 'Why it may not learn',
          parts: [
            {
              kind: 'table',
              wrap: true,
              columns: [
                { title: 'phase' },
                { title: 'what the numbers say' },
                { title: 'likely cause' },
                { title: 'what to try' },
              ],
              rows: findings.map(({ phase, sign, cause, remedy }) => ({ name: phase, cells: [sign, cause, remedy] })),
            },
          ],
        },
      ]
}
