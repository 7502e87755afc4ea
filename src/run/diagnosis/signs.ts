import type { PhaseCurves } from '../report/curves.ts'
import type { PageGroup } from '../report/page-groups.ts'
import type { RunRecord } from '../report/record.ts'

/** The numbers of one phase that tell whether and why it learns. Shares are between 0 and 1; undefined where none was written. */
export interface Signs {
  readonly phase: string
  readonly steps: number
  readonly processes: readonly string[]
  /** A metric over the steps, by TRL's names. */
  readonly line: (metric: string) => readonly number[]
  /** The first metric whose name is like that. */
  readonly lineOf: (name: RegExp) => readonly number[]
  readonly names: readonly string[]
  /** Metrics that were not finite numbers, and at how many steps. */
  readonly notNumbers: ReadonlyMap<string, number>
  readonly groups: readonly PageGroup[]
}

/** Arithmetic mean; undefined of nothing. */
export const mean = (values: readonly number[]): number | undefined =>
  values.length === 0 ? undefined : values.reduce((a, b) => a + b, 0) / values.length

/** Mean of the first and of the last third of a line; undefined where it has fewer than six points. */
export const thirds = (line: readonly number[]): readonly [first: number, last: number] | undefined => {
  const third = Math.floor(line.length / 3)
  const [first, last] = [mean(line.slice(0, third)), mean(line.slice(line.length - third))]
  return third < 2 || first === undefined || last === undefined ? undefined : [first, last]
}

/** The share of all kept completions that something is said of; undefined where none was kept. */
export const shareOf = (
  { groups }: Signs,
  says: (rollout: PageGroup['rollouts'][number]) => boolean | undefined,
): number | undefined =>
  mean(groups.flatMap(({ rollouts }) => rollouts.flatMap(rollout => says(rollout) ?? [])).map(Number))

const processesOf = (curves: PhaseCurves, groups: readonly PageGroup[]): readonly string[] => [
  ...new Set([
    ...[...curves.lines.keys()].flatMap(name => /^rewards\/(.+)\/mean$/.exec(name)?.[1] ?? []),
    ...groups.flatMap(({ rollouts }) => rollouts.flatMap(({ rewards }) => Object.keys(rewards))),
  ]),
]

/** The signs of every phase that wrote metrics. */
export const signsOf = ({ curves, groups }: Pick<RunRecord, 'curves' | 'groups'>): readonly Signs[] =>
  curves.map(phaseCurves => {
    const own = groups.groups.filter(({ phase }) => phase === phaseCurves.phase)
    const names = [...phaseCurves.lines.keys()]
    const line = (metric: string) => (phaseCurves.lines.get(metric)?.points ?? []).map(({ y }) => y)
    return {
      phase: phaseCurves.phase,
      steps: phaseCurves.steps,
      processes: processesOf(phaseCurves, own),
      line,
      lineOf: like => line(names.find(name => like.test(name)) ?? ''),
      names,
      notNumbers: phaseCurves.notNumbers,
      groups: own,
    }
  })
