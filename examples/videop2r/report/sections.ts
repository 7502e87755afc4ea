import { duration, type FactsPart, type Section, type TextPart } from 'kinograd/run'
import type { Summary } from '../summary.ts'
import { curveFigures, rewardFigures, typeFigure } from './figures.ts'
import { nameOf } from './names.ts'
import { retentionTable } from './retention.ts'
import { policyTable } from './table.ts'

const facts = (summary: Summary): FactsPart => ({
  kind: 'facts',
  facts: [
    ['preset', summary.preset],
    ['seed', String(summary.seed)],
    ['tensors', summary.backend],
    ['video', summary.decoder],
    ['teacher', summary.teacher],
    ['judge', summary.judge],
    ['time', duration(summary.seconds.total * 1000)],
  ],
})

const text = (words: string): TextPart => ({ kind: 'text', text: words })

const speed = (runs: Summary['runs']): TextPart => ({
  kind: 'text',
  small: true,
  text: Object.entries(runs)
    .map(
      ([arm, run]) =>
        `${nameOf(arm)}: ${run.updates} updates, ${run.secondsPerUpdate.toFixed(2)} s an update, ${run.tokensPerSecond.toFixed(0)} tokens a second.`,
    )
    .join(' '),
})

/** What a run of VideoP2R has to show beyond what every run shows of itself. */
export const videop2rSections = (summary: Summary): readonly Section[] => [
  { parts: [facts(summary)] },
  {
    title: 'What each policy reached',
    parts: [
      text('Shares between 0 and 1 on the test split; the highest accuracy of a line is bold.'),
      policyTable(summary),
      { kind: 'figures', figures: [typeFigure(summary.policies)] },
    ],
  },
  {
    title: 'While training',
    parts: [speed(summary.runs), { kind: 'figures', figures: curveFigures(summary.runs) }],
  },
  {
    title: 'Rewards',
    parts: [
      text(
        'A group whose rollouts all earn the same reward has no advantage to learn from. Lines are means of five updates; pale lines are single updates.',
      ),
      { kind: 'figures', figures: rewardFigures(summary.runs) },
    ],
  },
  {
    title: 'Data kept by the annotation pipeline',
    parts: [
      text('Verified: well-formed and rightly answered. Sufficient: the judge can answer from the observation alone.'),
      retentionTable(summary.retention),
    ],
  },
]
