import { duration, type FactsPart, type Section, type TextPart } from '../../run/index.ts'
import type { RunSummary } from '../summary.ts'
import { curveFigures, rewardFigures, typeFigure } from './figures.ts'
import { nameOf, type PolicyNames, usualNames } from './names.ts'
import { retentionTable } from './retention.ts'
import { policyTable } from './table.ts'

const facts = ({ labels, ...summary }: RunSummary): FactsPart => ({
  kind: 'facts',
  facts: [
    ...(summary.preset === undefined ? [] : [['preset', summary.preset] as const]),
    ...Object.entries(labels ?? {}),
    ['seed', String(summary.seed)],
    ['tensors', summary.backend],
    ['video', summary.decoder],
    ...(summary.teacher === undefined ? [] : [['teacher', summary.teacher] as const]),
    ...(summary.judge === undefined ? [] : [['judge', summary.judge] as const]),
    ['time', duration(summary.seconds.total * 1000)],
  ],
})

const text = (words: string): TextPart => ({ kind: 'text', text: words })

const speed = (runs: RunSummary['runs'], names: PolicyNames): TextPart => ({
  kind: 'text',
  small: true,
  text: Object.entries(runs)
    .map(
      ([arm, run]) =>
        `${nameOf(arm, names)}: ${run.updates} updates, ${run.secondsPerUpdate.toFixed(2)} s an update, ${duration(1000 * run.updates * run.secondsPerUpdate)} ${run.seeds === undefined ? 'in all' : 'a run'}, ${run.tokensPerSecond.toFixed(0)} tokens a second.`,
    )
    .join(' '),
})

/** What the policies reached, where any was evaluated. */
const reached = (summary: RunSummary, names: PolicyNames): readonly Section[] =>
  Object.keys(summary.policies).length === 0
    ? []
    : [
        {
          title: 'What each policy reached',
          parts: [
            text('Shares between 0 and 1 on the test split; the highest accuracy of a line is bold.'),
            policyTable(summary, names),
            { kind: 'figures', figures: [typeFigure(summary.policies, names)] },
          ],
        },
      ]

/** How the arms learned, where there were any. */
const learning = ({ runs }: RunSummary, names: PolicyNames): readonly Section[] =>
  Object.keys(runs).length === 0
    ? []
    : [
        {
          title: 'While training',
          parts: [speed(runs, names), { kind: 'figures', figures: curveFigures(runs, names) }],
        },
        {
          title: 'Rewards',
          parts: [
            text(
              'A group whose rollouts all earn the same reward has no advantage to learn from. Lines are means of five updates; pale lines are single updates.',
            ),
            { kind: 'figures', figures: rewardFigures(runs, names) },
          ],
        },
      ]

/** What the annotation kept, where there was any. */
const kept = ({ retention }: RunSummary): readonly Section[] =>
  retention === undefined
    ? []
    : [
        {
          title: 'Data kept by the annotation pipeline',
          parts: [
            text(
              'Verified: well-formed and rightly answered. Sufficient: the judge can answer from the observation alone.',
            ),
            retentionTable(retention),
          ],
        },
      ]

/** What a run of a recipe has to show beyond what every run shows of itself: of the phases that it had. */
export const recipeSections = (summary: RunSummary, names: PolicyNames = usualNames): readonly Section[] => [
  { parts: [facts(summary)] },
  ...reached(summary, names),
  ...learning(summary, names),
  ...kept(summary),
]
