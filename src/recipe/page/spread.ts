import { mean } from '../mean.ts'
import type { ArmSummary, RunSummary, SeedSummary } from '../summary.ts'
import { nameOf, type PolicyNames } from './names.ts'

/** A measure of one run, where it has it. */
type Read = (run: SeedSummary) => number | undefined

const measures: readonly (readonly [name: string, read: Read])[] = [
  ['accuracy', run => run.accuracy],
  ['sufficient observation', run => run.perceptionSufficiency],
]

/** Whether every value of the one list is above every value of the other. */
const above = (ours: readonly number[], theirs: readonly number[]): boolean => Math.min(...ours) > Math.max(...theirs)

const between = (values: readonly number[]): string =>
  `${Math.min(...values).toFixed(3)}–${Math.max(...values).toFixed(3)}`

/** Each pair of a list, the later one first. */
const pairs = <A>(all: readonly A[]): readonly (readonly [later: A, earlier: A])[] =>
  all.flatMap((later, i) => all.slice(0, i).map(earlier => [later, earlier] as const))

type Named = readonly [name: string, arm: ArmSummary]

/** What a pair of arms differs by in one measure, and whether that is beyond the spread of their runs. */
const compared = (
  [[one, ours], [other, theirs]]: readonly [Named, Named],
  [measure, read]: (typeof measures)[number],
) => {
  const a = (ours.seeds ?? []).flatMap(run => read(run) ?? [])
  const b = (theirs.seeds ?? []).flatMap(run => read(run) ?? [])
  if (a.length < 2 || b.length < 2) return []
  const by = mean(a) - mean(b)
  const sign = by < 0 ? '−' : '+'
  const apart = above(a, b) || above(b, a)
  return [
    `${one} − ${other}, ${measure}: ${sign}${Math.abs(by).toFixed(3)}, ${apart ? 'beyond' : 'within'} the spread of ${Math.min(a.length, b.length)} runs (${between(a)}, ${between(b)})`,
  ]
}

/** From which update on every run of the one arm is above every run of the other, wherever they were looked at; none where they never part. */
const partedFrom = (ours: ArmSummary, theirs: ArmSummary): number | undefined => {
  const at = (arm: ArmSummary, place: number): readonly number[] =>
    (arm.seeds ?? []).flatMap(({ curve }) => curve.slice(place, place + 1).map(point => point.accuracy))
  const apart = ours.curve.map((_, place) => above(at(ours, place), at(theirs, place)))
  const first = apart.lastIndexOf(false) + 1
  return ours.curve[first]?.update
}

const parted = ([[one, ours], [other, theirs]]: readonly [Named, Named]): readonly string[] => {
  if ((ours.seeds?.length ?? 0) < 2 || (theirs.seeds?.length ?? 0) < 2) return []
  const from = partedFrom(ours, theirs)
  return from === undefined
    ? []
    : [`On the way, every run of ${one} is above every run of ${other} from update ${from} on.`]
}

/**
 * Which differences of arms are beyond the spread of their runs, a line each. Beyond: every run of one arm is above every run of the
 * other; of three runs an arm that happens by luck once in ten times. Where arms have one run each, nothing can be said, and that is said.
 */
export const spreadLines = ({ runs }: Pick<RunSummary, 'runs'>, names: PolicyNames): readonly string[] => {
  const arms = Object.entries(runs).map(([name, arm]): Named => [nameOf(name, names), arm])
  if (arms.length < 2) return []
  if (arms.every(([, { seeds = [] }]) => seeds.length < 2))
    return ['Each arm was run once: what differs between arms may be luck (rl.seeds).']
  return [
    ...measures.flatMap(measure => pairs(arms).flatMap(pair => compared(pair, measure))),
    ...pairs(arms).flatMap(parted),
  ]
}
