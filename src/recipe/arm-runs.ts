/** What of an arm names its runs. */
interface NamedArm {
  readonly name: string
  readonly title: string
  readonly seed?: number
}

/** Arms, and how often each is run. */
export interface ArmsAndSeeds<A extends NamedArm = NamedArm> {
  readonly arms: readonly A[]
  readonly seeds?: number
}

/** One run of an arm: the arm under a name, a title and a seed of its own, and the arm that it is of. */
export interface ArmRun<A extends NamedArm> {
  readonly run: A
  readonly of: A
}

/** One run of an arm of several, counted from 0: its name is that of a folder. */
const runOf = <A extends NamedArm>(arm: A, index: number, seed: number): A => ({
  ...arm,
  name: `${arm.name}-run-${index + 1}`,
  title: `${arm.title}, run ${index + 1}`,
  seed: (arm.seed ?? seed + 1) + index,
})

/**
 * Every run of every arm, seed by seed, so that what was stopped holds whole comparisons. Run `i` of an arm has the seed of its first run
 * and `i`; runs with one seed see the same questions in the same order. An arm that is run once keeps its own name. Pure.
 */
export const armRuns = <A extends NamedArm>({ arms, seeds = 1 }: ArmsAndSeeds<A>, seed: number): readonly ArmRun<A>[] =>
  Array.from({ length: seeds }, (_, index) =>
    arms.map(arm => ({ run: seeds === 1 ? arm : runOf(arm, index, seed), of: arm })),
  ).flat()
