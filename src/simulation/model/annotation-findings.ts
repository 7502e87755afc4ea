import { simulate } from '../network/simulate.ts'
import type { StationTally } from '../network/tally.ts'
import { type AnnotationModel, annotationNetwork, recordPhases } from './annotation.ts'
import type { AskedModel } from './asked.ts'
import { bottleneckOf, type WithoutPhase, withoutEach } from './bottleneck.ts'

/** What annotation would come to. */
export interface AnnotationFindings {
  readonly records: number
  readonly seconds: number
  readonly perSecond: number
  readonly dollars: number
  /** Records that could not be looked at, or for which teacher or judge never answered. */
  readonly failed: number
  /** Seconds in all without each phase, and the phase that holds up most. */
  readonly without: readonly WithoutPhase[]
  readonly bottleneck: string
  readonly stations: Readonly<Record<string, StationTally>>
}

const attempts = (tally: StationTally | undefined): number =>
  tally === undefined ? 0 : tally.done + tally.failed + tally.again

const paid = (asked: AskedModel | undefined, tally: StationTally | undefined): number =>
  (asked?.dollars ?? 0) * attempts(tally)

/** Workers that are many need many records before they are all at work: as many are enough to see who holds up whom. */
const sampled = (model: AnnotationModel): AnnotationModel => ({
  ...model,
  records: Math.min(model.records, 5000 + 4 * model.workers * model.inFlight),
})

/**
 * How long annotation would take, what it would cost and what holds it up, by simulation. Deterministic by its seed. Who holds up is found
 * on a part of the records where there are many.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { always, simulateAnnotation } from 'kinograd/simulation'
 *
 * const found = simulateAnnotation(
 *   {
 *     ...{ records: 600, workers: 2, inFlight: 4, look: { seconds: always(0.1) } },
 *     teacher: { seconds: always(1), perMinute: 60, dollars: 0.01 },
 *   },
 *   0,
 * )
 * // Sixty a minute and no more, however fast the workers are.
 * assert(Math.abs(found.seconds - 600) < 65)
 * assert.equal(found.bottleneck, 'teacher')
 * assert.equal(found.dollars.toFixed(2), '6.00')
 * ```
 */
export const simulateAnnotation = (model: AnnotationModel, seed: number): AnnotationFindings => {
  const { seconds, stations, whole } = simulate(annotationNetwork(model, seed))
  const part = sampled(model)
  const phases = recordPhases.filter(phase => phase !== 'judge' || model.judge !== undefined)
  const without = withoutEach(() => annotationNetwork(part, seed), phases).map(one => ({
    what: one.what,
    seconds: (one.seconds * model.records) / part.records,
  }))
  return {
    records: model.records,
    seconds,
    perSecond: model.records / seconds,
    dollars:
      paid(model.teacher, stations.teacher) +
      paid(model.judge, stations.judge) +
      (model.dollarsPerHour ?? 0) * model.workers * (seconds / 3600),
    failed: whole.failed,
    without,
    bottleneck: bottleneckOf(without)?.what ?? 'nothing',
    stations,
  }
}
