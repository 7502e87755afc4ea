import type { Course, Running } from './course.ts'
import type { Job } from './job.ts'

/** Lets jobs in: as many at once as there is width for, in the order of their list. */
export interface Door {
  readonly open: () => void
  /** The job whose arrival was announced is there. */
  readonly arrival: (now: number) => void
  /** A job has ended. */
  readonly left: (index: number, now: number) => void
}

/**
 * Jobs that say when they arrive are announced one at a time, come then, and wait for room; others are asked for when there is room.
 * `enter` is told of each that has come, `begin` of each that is let in.
 */
export const admission = (
  jobs: Iterable<Job>,
  { width, inOrder }: { readonly width: number; readonly inOrder: boolean },
  enter: (now: number) => void,
  announce: (time: number) => void,
  begin: (job: Running, now: number) => Course,
): Door => {
  const source = jobs[Symbol.iterator]()
  const pull = (): Job | undefined => {
    const { done, value } = source.next()
    if (done === true) return undefined
    if (value.arrives !== undefined) announce(value.arrives)
    return value
  }
  let ahead: Job | undefined
  const arrived: { readonly job: Job; readonly at: number }[] = []
  const ended = new Set<number>()
  let [index, inside, oldest] = [0, 0, 0]
  const letIn = (job: Job, at: number, now: number): void => {
    inside++
    begin({ index: index++, job, arrived: at, started: now, phases: [] }, now).go()
  }
  /** A job may end as it begins, which lets the next in: only the outermost call goes on. */
  let filling = false
  const fill = (now: number): void => {
    if (filling) return
    filling = true
    while (inside < width) {
      const first = arrived.shift()
      if (first !== undefined) letIn(first.job, first.at, now)
      else if (ahead !== undefined && ahead.arrives === undefined) {
        const job = ahead
        ahead = pull()
        enter(now)
        letIn(job, now, now)
      } else break
    }
    filling = false
  }
  return {
    open: () => {
      ahead = pull()
      fill(0)
    },
    arrival: now => {
      const job = ahead
      ahead = pull()
      enter(now)
      if (job !== undefined) arrived.push({ job, at: now })
      fill(now)
    },
    left: (done, now) => {
      if (inOrder) {
        ended.add(done)
        while (ended.delete(oldest)) {
          oldest++
          inside--
        }
      } else inside--
      fill(now)
    },
  }
}
