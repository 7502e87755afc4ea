import { coloursInOrder } from './colours.ts'
import type { PhaseCurves } from './curves.ts'
import type { LineFigure } from './figure.ts'
import type { KeptCurves } from './kept-curves.ts'
import { figureOfLines, type NamedLine, rangeOf } from './line-figure.ts'
import { processOf } from './processes.ts'
import type { Section } from './section.ts'
import type { Line } from './thinned.ts'
import { type Topic, topicOf } from './topics.ts'

/** Phases that a section draws at most. */
const mostPhases = 12

const linesUnder = (lines: ReadonlyMap<string, Line>, prefix: string): readonly NamedLine[] =>
  [...lines].flatMap(([name, line]) =>
    name.startsWith(prefix) && line.points.length > 1 ? [{ series: name.slice(prefix.length), line }] : [],
  )

/** A chart a phase, all with the same heights. */
const byPhase = (
  kept: readonly { readonly phase: string; readonly lines: readonly NamedLine[] }[],
  order: readonly string[],
  y: string,
): readonly LineFigure[] => {
  const filled = kept.filter(({ lines }) => lines.length > 0).slice(0, mostPhases)
  const range = rangeOf(filled.flatMap(({ lines }) => lines))
  return filled.map(({ phase, lines }) => figureOfLines(phase, lines, { colours: coloursInOrder(order), range, y }))
}

const section = (title: string, text: string, figures: readonly LineFigure[]): readonly Section[] =>
  figures.length === 0
    ? []
    : [
        {
          title,
          parts: [
            { kind: 'text', small: true, text },
            { kind: 'figures', figures },
          ],
        },
      ]

/** Whether a phase has metrics by process about something, which then are drawn anyway. */
const isMeasured = (
  phases: readonly PhaseCurves[],
  phase: string,
  topic: Topic,
  processes: readonly string[],
): boolean =>
  phases.some(
    one =>
      one.phase === phase &&
      [...one.lines.keys()].some(name => processOf(name, processes).process !== undefined && topicOf(name) === topic),
  )

/** How long the text of each process is, counted in the completions that were kept; left out where metrics say it of every completion. */
const lengthSection = (
  kept: readonly KeptCurves[],
  phases: readonly PhaseCurves[],
  processes: readonly string[],
): readonly Section[] => {
  const without = kept.filter(({ phase }) => !isMeasured(phases, phase, 'Lengths', processes))
  return section(
    'Lengths by process',
    'Mean tokens of each process, in the completions that rollouts.jsonl holds.',
    byPhase(
      without.map(({ phase, lines }) => ({ phase, lines: linesUnder(lines, 'length/') })),
      processes,
      'tokens',
    ),
  )
}

const rewardSection = (
  kept: readonly KeptCurves[],
  phases: readonly PhaseCurves[],
  processes: readonly string[],
): readonly Section[] => {
  const without = kept.filter(({ phase }) => !isMeasured(phases, phase, 'Rewards', processes))
  return section(
    'Rewards by process',
    'Mean reward of each process, in the completions that rollouts.jsonl holds.',
    byPhase(
      without.map(({ phase, lines }) => ({ phase, lines: linesUnder(lines, 'reward/') })),
      processes,
      'reward',
    ),
  )
}

/** How rewards go by the type of the question: a line that falls while others rise is a type that is forgotten. */
const typeSection = (kept: readonly KeptCurves[]): readonly Section[] => {
  const types = [...new Set(kept.flatMap(({ lines }) => linesUnder(lines, 'type/').map(({ series }) => series)))]
  return section(
    'Reward by type of question',
    'Mean sum of the rewards, in the completions that rollouts.jsonl holds. A type that falls while others rise is being forgotten.',
    types.length < 2
      ? []
      : byPhase(
          kept.map(({ phase, lines }) => ({ phase, lines: linesUnder(lines, 'type/') })),
          types,
          'sum of rewards',
        ),
  )
}

/** What the kept completions of a run say, where its metrics do not. */
export const keptSections = (
  kept: readonly KeptCurves[],
  phases: readonly PhaseCurves[],
  processes: readonly string[],
): readonly Section[] => [
  ...rewardSection(kept, phases, processes),
  ...lengthSection(kept, phases, processes),
  ...typeSection(kept),
]
