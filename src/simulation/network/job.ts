import { type Distribution, drawnFrom, type Uniform } from '../queue/draw.ts'

/** Who serves: so many at once, first come first served. */
export interface Station {
  /** `Infinity` serves all at once. */
  readonly servers: number
  /** At most so many begin in any 60 seconds. */
  readonly perMinute?: number
}

/** One try of a task. */
export interface TaskAttempt {
  readonly seconds: number
  readonly fails: boolean
}

/** A piece of work for one server. It has failed when its last attempt has. */
export interface Task {
  readonly attempts: readonly [TaskAttempt, ...TaskAttempt[]]
  /** Seconds between a failed attempt and the next; twice as many after each further one. */
  readonly pause: number
}

/** What a job does at one station: bundles of tasks. Tasks of a bundle are asked for together. */
export interface Phase {
  readonly station: string
  /** Bundles under way at the same time, in this job. */
  readonly atOnce: number
  readonly bundles: readonly (readonly Task[])[]
  /** A task that has failed ends the job as failed; without it the job goes on without the task. */
  readonly required?: boolean
  /** Begins when all jobs before this one have ended: an update is applied in the order of its batch. */
  readonly inTurn?: boolean
}

/** Phases one after the other. */
export interface Job {
  /** When it comes, in seconds; absent: as soon as there is room for it. Jobs come in the order of their list. */
  readonly arrives?: number
  readonly phases: readonly Phase[]
}

/** How attempts of a task go. */
export interface Trying {
  readonly seconds: Distribution
  /** Share of attempts that fail. */
  readonly fails?: number
  /** How often it is tried; once when not given. */
  readonly attempts?: number
  /** Seconds before the second attempt. */
  readonly pause?: number
}

/**
 * Draws a task: the seconds and the fate of every attempt that it may ever take, so that what is drawn for others does not depend on who
 * serves it and when.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { always, drawnTask, uniformOf } from 'kinograd/simulation'
 *
 * const task = drawnTask({ seconds: always(2), fails: 1, attempts: 3, pause: 1 }, uniformOf(0))
 * assert.equal(task.attempts.length, 3)
 * assert(task.attempts.every(({ fails }) => fails))
 * ```
 */
export const drawnTask = ({ seconds, fails = 0, attempts = 1, pause = 0 }: Trying, uniform: Uniform): Task => {
  const attempt = (): TaskAttempt => ({ seconds: drawnFrom(seconds, uniform), fails: fails > 0 && uniform() < fails })
  return { attempts: [attempt(), ...Array.from({ length: attempts - 1 }, attempt)], pause }
}
