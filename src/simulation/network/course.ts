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
    if (at === undefined) return ended(now, false)
    if (at.inTurn) turn(index, now, later => go(place, at, later))
    else go(place, at, now)
  }
  const go = (place: number, { station, atOnce, bundles, required = false }: Phase, now: number): void => {
    begun.push(now)
    if (bundles.length === 0) return phase(place + 1, now)
    let [next, left, lost] = [0, bundles.length, false]
    const bundle = (now: number): void => {
      const tasks = bundles[next++]
      if (tasks === undefined) return
      let missing = tasks.length
      const end = (at: number): void => {
        left--
        if (left === 0) {
          if (lost && required) ended(at, true)
          else phase(place + 1, at)
        } else bundle(at)
      }
      if (missing === 0) return end(now)
      for (const task of tasks)
        ask(station, task, now, (at, failed) => {
          lost ||= failed
          missing--
          if (missing === 0) end(at)
        })
    }
    const first = Math.min(atOnce, bundles.length)
    for (let i = 0; i < first; i++) bundle(now)
  }
  return { go: () => phase(0, from) }
}
