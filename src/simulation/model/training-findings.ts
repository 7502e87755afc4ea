import { simulate } from '../network/simulate.ts'
import type { StationTally } from '../network/tally.ts'
import { bottleneckOf, type WithoutPhase, withoutEach } from './bottleneck.ts'
import { stalenessOf } from './staleness.ts'
import { type TrainingModel, trainingNetwork, updatePhases } from './training.ts'

/** What a training run would come to. */
export interface TrainingFindings {
  readonly updates: number
  readonly secondsPerUpdate: number
  /** All of it, in seconds. */
  readonly seconds: number
  /** Updates of others between sampling and update. */
  readonly staleness: { readonly mean: number; readonly most: number }
  readonly dollars: number
  /** Completions that the judge never answered for, and clips that could not be looked at. */
  readonly lost: { readonly judged: number; readonly looked: number }
  /** Seconds an update without each phase, and the phase that holds up most. */
  readonly without: readonly WithoutPhase[]
  readonly bottleneck: string
  readonly stations: Readonly<Record<string, StationTally>>
}

const dollarsOf = (
  { dollarsPerHour = 0, judge }: TrainingModel,
  seconds: number,
  judged: StationTally | undefined,
): number =>
  (seconds / 3600) * dollarsPerHour +
  (judge?.dollars ?? 0) * (judged === undefined ? 0 : judged.done + judged.failed + judged.again)

/** The time between two updates, once the first is made. */
const secondsBetween = (ends: readonly number[]): number => {
  const sorted = [...ends].sort((a, b) => a - b)
  const [first = 0, last = 0] = [sorted[0], sorted.at(-1)]
  return sorted.length > 1 ? (last - first) / (sorted.length - 1) : last
}

/**
 * Seconds an update and nothing else, which takes a fifth of the time that all findings take.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { always, simulatedSeconds } from 'kinograd/simulation'
 *
 * const sizes = { updates: 5, width: 1, questions: 2, completions: 4, tokens: always(100) }
 * const seconds = simulatedSeconds({ ...sizes, look: { seconds: always(0.5) }, rollout: { step: 0.02 }, update: {} }, 0)
 * assert.equal(seconds.toFixed(3), '3.000')
 * ```
 */
export const simulatedSeconds = (model: TrainingModel, seed: number): number =>
  secondsBetween(simulate(trainingNetwork(model, seed)).jobs.map(({ ended }) => ended))

/**
 * Seconds an update, staleness, cost and bottleneck of a training run, by simulation. Deterministic by its seed.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { always, simulateTraining } from 'kinograd/simulation'
 *
 * const found = simulateTraining(
 *   {
 *     ...{ updates: 10, width: 1, questions: 2, completions: 4, tokens: always(100) },
 *     look: { seconds: always(0.5) },
 *     rollout: { step: 0.02 },
 *     judge: { seconds: always(1) },
 *     update: { token: 0.001 },
 *   },
 *   0,
 * )
 * // Two clips, a hundred steps, two questions judged one after the other, and 800 tokens.
 * assert.equal(found.secondsPerUpdate.toFixed(3), (1 + 2 + 2 + 0.8).toFixed(3))
 * assert.deepEqual(found.staleness, { mean: 0, most: 0 })
 * ```
 */
export const simulateTraining = (model: TrainingModel, seed: number): TrainingFindings => {
  const network = () => trainingNetwork(model, seed)
  const { jobs, seconds, stations } = simulate(network())
  const stale = stalenessOf(jobs, updatePhases.indexOf('rollout'), updatePhases.indexOf('update'))
  const without = withoutEach(
    network,
    updatePhases.filter(phase => phase !== 'judge' || model.judge !== undefined),
  ).map(({ what, seconds: all }) => ({ what, seconds: all / model.updates }))
  const look = stations.look
  return {
    updates: model.updates,
    secondsPerUpdate: secondsBetween(jobs.map(({ ended }) => ended)),
    seconds,
    staleness: {
      mean: stale.reduce((sum, n) => sum + n, 0) / Math.max(1, stale.length),
      most: stale.reduce((most, n) => Math.max(most, n), 0),
    },
    dollars: dollarsOf(model, seconds, stations.judge),
    lost: { judged: stations.judge?.failed ?? 0, looked: look?.failed ?? stations.engine?.failed ?? 0 },
    without,
    bottleneck: bottleneckOf(without)?.what ?? 'nothing',
    stations,
  }
}
