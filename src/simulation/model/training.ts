import {
  drawnTask,
  type Job,
  type Phase,
  type Station,
  type Task,
  type TaskAttempt,
  type Trying,
} from '../network/job.ts'
import type { Network } from '../network/simulate.ts'
import { type Distribution, drawnFrom, type Uniform, uniformOf } from '../queue/draw.ts'
import { type AskedModel, stationOf } from './asked.ts'
import { type Cost, type Load, secondsOf } from './cost.ts'

/** Looking at a clip: decoding, frames, prompt. */
export interface LookModel extends Trying {
  /** Clips of a batch that are looked at at once; one when not given. */
  readonly atOnce?: number
  /** Looked at by so many workers elsewhere; on the machine of the engine when not given. */
  readonly workers?: number
}

/** A training run: updates one after the other, or `width` of them under way. */
export interface TrainingModel {
  readonly updates: number
  /** Batches between looking and update at once: staleness is at most one less. */
  readonly width: number
  readonly questions: number
  readonly completions: number
  /** Tokens of a completion, and the most it may have. */
  readonly tokens: Distribution
  readonly mostTokens?: number
  readonly look: LookModel
  readonly rollout: Cost
  readonly update: Cost
  /** Completions are sampled on another machine than the one that is trained on. */
  readonly apart?: boolean
  /** Asked about every completion; those of a question together. */
  readonly judge?: AskedModel & {
    /** Questions whose completions are judged at the same time; one when not given. */
    readonly groupsAtOnce?: number
  }
  readonly dollarsPerHour?: number
}

/** The phases of an update, in their order. */
export const updatePhases = ['look', 'rollout', 'judge', 'update'] as const

const sure = (seconds: number): Task => {
  const attempt: TaskAttempt = { seconds, fails: false }
  return { attempts: [attempt], pause: 0 }
}

const fails = ({ attempts }: Task): boolean => attempts.every(attempt => attempt.fails)

/** The batches of a run, drawn one by one. Questions whose clips cannot be looked at are left out of what follows. */
function* batches(model: TrainingModel, uniform: Uniform): Generator<Job> {
  const { updates, questions, completions, tokens, mostTokens = Number.POSITIVE_INFINITY, look, judge } = model
  const engine = model.apart ? 'rollout' : 'engine'
  const trainer = model.apart ? 'update' : 'engine'
  for (let i = 0; i < updates; i++) {
    const looks = Array.from({ length: questions }, () => drawnTask(look, uniform))
    // All is drawn whatever fails, so that other failures leave the rest of the stream as it is.
    const groups = looks.map(() => ({
      lengths: Array.from({ length: completions }, () =>
        Math.min(mostTokens, Math.max(1, Math.round(drawnFrom(tokens, uniform)))),
      ),
      judged: judge === undefined ? [] : Array.from({ length: completions }, () => drawnTask(judge, uniform)),
    }))
    const kept = groups.filter((_, q) => !fails(looks[q]!))
    const load: Load = { questions: kept.length, lengths: kept.flatMap(({ lengths }) => lengths) }
    const looking: Phase = {
      station: look.workers === undefined ? trainer : 'look',
      atOnce: look.atOnce ?? 1,
      bundles: looks.map(task => [task]),
    }
    const judging: Phase = {
      station: 'judge',
      atOnce: judge?.groupsAtOnce ?? 1,
      bundles: judge === undefined ? [] : kept.map(({ judged }) => judged),
    }
    const once = (station: string, cost: Cost): Phase => ({
      ...{ station, atOnce: 1 },
      bundles: [[sure(secondsOf(cost, load))]],
    })
    const updating: Phase = { ...once(trainer, model.update), inTurn: true }
    yield { phases: [looking, once(engine, model.rollout), judging, updating] }
  }
}

const stationsOf = ({ apart = false, look, judge }: TrainingModel): Readonly<Record<string, Station>> => ({
  ...(look.workers === undefined ? {} : { look: { servers: look.workers } }),
  ...(apart ? { rollout: { servers: 1 }, update: { servers: 1 } } : { engine: { servers: 1 } }),
  ...(judge === undefined ? {} : { judge: stationOf(judge) }),
})

/** A training run as a network; equal seeds, equal batches, whoever serves them. */
export const trainingNetwork = (model: TrainingModel, seed: number): Network => ({
  stations: { judge: { servers: Number.POSITIVE_INFINITY }, ...stationsOf(model) },
  jobs: batches(model, uniformOf(seed)),
  width: model.width,
  inOrder: true,
})
