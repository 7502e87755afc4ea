import type { Job, Phase, Task } from './job.ts'
import type { Turns } from './turns.ts'

/** A job under way. */
export interface Running {
  readonly index: number
  readonly job: Job
  readonly arrived: number
  readonly started: number
  /** When each phase that it has come to began. */
  readonly phases: number[]
}

/** A job's way through its phases; `go` begins it. */
export interface Course {
  readonly go: () => void
}

/** What a job asks of the network that it is in. */
interface Surroundings {
  readonly ask: (station: string, task: Task, now: number, ended: (now: number, failed: boolean) => void) => void
  /** Goes on when all jobs before this one have ended. */
  readonly turn: Turns['wait']
  /** Told once. */
  readonly ended: (now: number, failed: boolean) => void
}

/** One phase after the other; of each, at most `atOnce` bundles at a time. */
export const courseOf = (
  { index, job, phases: begun }: Running,
  { ask, turn, ended }: Surroundings,
  from: number,
): Course => {
  const phase = (place: number, now: number): void => {
    const at = job.phases[place]
    if (at === undefined) ended(now, false)
    else if (at.inTurn) turn(index, now, later => go(place, at, later))
    else go(place, at, now)
  }
  const go = (place: number, { station, atOnce, required = false, ...given }: Phase, from: number): void => {
    begun.push(from)
    const bundles = given.bundles.filter(tasks => tasks.length > 0)
    let [next, left, lost] = [0, bundles.length, false]
    const over = (now: number): void => {
      if (lost && required) ended(now, true)
      else phase(place + 1, now)
    }
    const bundle = (begin: number): void => {
      const tasks = bundles[next++] ?? []
      let missing = tasks.length
      for (const task of tasks)
        ask(station, task, begin, (now, failed) => {
          lost ||= failed
          missing--
          if (missing > 0) return
          left--
          if (left === 0) over(now)
          else if (next < bundles.length) bundle(now)
        })
    }
    if (left === 0) over(from)
    const first = Math.min(atOnce, bundles.length)
    for (let i = 0; i < first; i++) bundle(from)
  }
  return { go: () => phase(0, from) }
}
