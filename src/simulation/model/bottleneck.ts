import type { Job, Phase } from '../network/job.ts'
import { type Network, simulate } from '../network/simulate.ts'

/** What all would take if one kind of work took no time. */
export interface WithoutPhase {
  readonly what: string
  /** Seconds in all. */
  readonly seconds: number
}

const instant = (phase: Phase): Phase => ({
  ...phase,
  bundles: phase.bundles.map(bundle => bundle.map(() => ({ attempts: [{ seconds: 0, fails: false }], pause: 0 }))),
})

/** Where work goes that takes no time: nobody else waits for it. */
const nowhere = 'nowhere'

function* withoutPhase(jobs: Iterable<Job>, place: number): Generator<Job> {
  for (const job of jobs)
    yield {
      ...job,
      phases: job.phases.map((phase, i) => (i === place ? { ...instant(phase), station: nowhere } : phase)),
    }
}

/**
 * Runs a network again without each of its phases: what most is saved by is the bottleneck. The same things are drawn every time, so that
 * a difference is of the phase alone. `network` is made anew for each.
 */
export const withoutEach = (network: () => Network, phases: readonly string[]): readonly WithoutPhase[] =>
  phases.map((what, place) => {
    const { jobs, stations, ...rest } = network()
    const open = { ...stations, [nowhere]: { servers: Number.POSITIVE_INFINITY } }
    return { what, seconds: simulate({ ...rest, stations: open, jobs: withoutPhase(jobs, place) }).seconds }
  })

/** The phase without which all would be done soonest. */
export const bottleneckOf = (each: readonly WithoutPhase[]): WithoutPhase | undefined =>
  each.reduce<WithoutPhase | undefined>(
    (best, one) => (best === undefined || one.seconds < best.seconds ? one : best),
    undefined,
  )
