import { either as E } from 'fp-ts'
import { type Fault, fault } from '../../flow/index.ts'
import type { Cost } from '../model/cost.ts'
import type { Distribution } from '../queue/draw.ts'
import { fitCost, type Observation } from './fit.ts'
import { type MeasuredRun, type MeasuredUpdate, timedUpdates } from './measured-run.ts'

/** What measured runs say of the machine that they were on. */
export interface Calibration {
  /** Seconds of looking at a clip. */
  readonly look: number
  readonly rollout: Cost
  readonly update: Cost
  /** Tokens of completions, as they were. */
  readonly tokens: Distribution
  /** Updates that it was taken from. */
  readonly updates: number
}

/** So many lengths tell how they are spread. */
const mostLengths = 10_000

const observed = (updates: readonly MeasuredUpdate[], part: string): readonly Observation[] =>
  updates.flatMap(({ questions, lengths, parts }) =>
    parts[part] === undefined ? [] : [{ questions, lengths, seconds: parts[part] }],
  )

const plus = (a: Cost, b: Cost): Cost => ({
  fixed: (a.fixed ?? 0) + (b.fixed ?? 0),
  question: (a.question ?? 0) + (b.question ?? 0),
  token: (a.token ?? 0) + (b.token ?? 0),
  step: (a.step ?? 0) + (b.step ?? 0),
})

/**
 * Costs of a machine from runs on it with one batch under way and a judge that answers at once: several sizes of batch and group tell
 * them apart. What is neither sampling nor learning is looking, by question; what of it does not go by questions is counted to the
 * update. Left: `NothingMeasured`.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import { calibrated } from 'kinograd/simulation'
 *
 * const update = (questions: number) => {
 *   const lengths = Array.from({ length: 4 * questions }, () => 10)
 *   return { phase: 'rl', time: 0, questions, lengths, parts: { rollout: 0.5, update: 0.1 * questions, other: 0.02 * questions } }
 * }
 * const runs = [2, 4].map(size => ({ directory: `runs/${size}`, updates: Array.from({ length: 4 }, () => update(size)) }))
 * const found = calibrated(runs)
 * // The first update of a run warms up.
 * assert(E.isRight(found) && found.right.updates === 6)
 * ```
 */
export const calibrated = (runs: readonly MeasuredRun[]): E.Either<Fault, Calibration> => {
  const updates = timedUpdates(runs)
  if (updates.length < 3)
    return E.left(
      fault(
        'NothingMeasured',
        `${updates.length} updates of ${runs.map(({ directory }) => directory).join(', ')} have the times of their parts`,
        'Give runs of reinforcement with one batch under way.',
      ),
    )
  const other = fitCost(observed(updates, 'other'), ['fixed', 'question', 'token'])
  return E.right({
    look: other.question ?? 0,
    rollout: fitCost(observed(updates, 'rollout'), ['fixed', 'question', 'token', 'step']),
    update: plus(fitCost(observed(updates, 'update'), ['fixed', 'question', 'token']), { ...other, question: 0 }),
    tokens: { kind: 'among', values: updates.flatMap(({ lengths }) => lengths).slice(-mostLengths) },
    updates: updates.length,
  })
}
