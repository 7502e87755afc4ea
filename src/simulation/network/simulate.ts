import { type EventQueue, nextEvent, noEvents, withEvent } from '../queue/event-queue.ts'
import { admission } from './admission.ts'
import { type Counter, counterOf } from './counter.ts'
import { type Course, courseOf, type Running } from './course.ts'
import type { Job, Station, Task } from './job.ts'
import { counting, type StationTally } from './tally.ts'
import { turnsOf } from './turns.ts'

/** Jobs on their way through stations. */
export interface Network {
  readonly stations: Readonly<Record<string, Station>>
  /** Asked for one after the other, when there is room. */
  readonly jobs: Iterable<Job>
  /** Jobs under way at once. */
  readonly width: number
  /**
   * A job that has ended keeps its place until those before it have ended, as in a scope of `within` that gives its outputs in the order
   * of the source.
   */
  readonly inOrder?: boolean
}

/** What became of a job; times are in seconds. */
export interface JobRecord {
  readonly arrived: number
  readonly started: number
  readonly ended: number
  readonly failed: boolean
  /** When each phase that it came to began; its last one ended with it. */
  readonly phases: readonly number[]
}

/** What a simulation came to. */
export interface Simulated {
  /** When the last job ended. */
  readonly seconds: number
  readonly jobs: readonly JobRecord[]
  readonly stations: Readonly<Record<string, StationTally>>
  /** Of whole jobs, from when they come to when they end. */
  readonly whole: StationTally
}

/** Told of every attempt when it starts and when it stops. */
export type Watch = (now: number, station: string, change: 'start' | 'stop') => void

/** A task at a station. */
interface Asked {
  readonly task: Task
  readonly station: string
  readonly attempt: number
  readonly entered: number
  /** When this attempt joined the line. */
  readonly joined: number
  readonly ended: (now: number, failed: boolean) => void
}

type Event =
  | { readonly kind: 'arrival' }
  | { readonly kind: 'again'; readonly asked: Asked }
  | { readonly kind: 'stop'; readonly asked: Asked }
  | { readonly kind: 'opens'; readonly station: string }

/** The stations of a network with their lines; `later` puts an event into the queue. */
const floor = (stations: Network['stations'], later: (time: number, event: Event) => void, watch: Watch) => {
  const counters = new Map<string, Counter<Asked>>(
    Object.entries(stations).map(([name, station]) => [name, counterOf(station)]),
  )
  const counterAt = (station: string): Counter<Asked> => {
    const counter = counters.get(station)
    if (counter === undefined) throw new RangeError(`a phase names the station ${station}, which there is not`)
    return counter
  }
  /** The moment at which a limit opens, for stations that wait for it. */
  const opening = new Map<string, number>()
  const serve = (station: string, now: number): void => {
    const counter = counterAt(station)
    for (;;) {
      const called = counter.call(now)
      if (called === undefined) return
      if ('opens' in called) {
        if (opening.get(station) !== called.opens) later(called.opens, { kind: 'opens', station })
        opening.set(station, called.opens)
        return
      }
      const { one } = called
      counter.counting.start(now, now - one.joined)
      watch(now, station, 'start')
      later(now + (one.task.attempts[one.attempt]?.seconds ?? 0), { kind: 'stop', asked: one })
    }
  }
  const join = (asked: Asked, now: number): void => {
    counterAt(asked.station).join(asked)
    serve(asked.station, now)
  }
  return {
    ask: (station: string, task: Task, now: number, ended: Asked['ended']): void => {
      counterAt(station).counting.enter(now)
      join({ task, station, attempt: 0, entered: now, joined: now, ended }, now)
    },
    again: join,
    serve,
    /** An attempt has ended: it is made again, or its task leaves. */
    stop: (asked: Asked, now: number): void => {
      const { task, station, attempt, entered, ended } = asked
      const { counting: count, free } = counterAt(station)
      const { seconds = 0, fails = false } = task.attempts[attempt] ?? {}
      free()
      count.stop(now, seconds)
      watch(now, station, 'stop')
      const more = fails && attempt + 1 < task.attempts.length
      const joined = now + task.pause * 2 ** attempt
      if (more) count.repeat()
      if (more) later(joined, { kind: 'again', asked: { ...asked, attempt: attempt + 1, joined } })
      else count.leave(now, now - entered, fails)
      serve(station, now)
      if (!more) ended(now, fails)
    },
    tallies: (): Simulated['stations'] =>
      Object.fromEntries([...counters].map(([name, counter]) => [name, counter.counting.tally()])),
  }
}

/**
 * Runs jobs through stations until all have ended: a discrete-event simulation. Deterministic: everything that is drawn was drawn when its
 * job was made. Memory: the jobs under way, and five numbers and the phases of every job that has ended.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { simulate } from 'kinograd/simulation'
 *
 * const task = { attempts: [{ seconds: 3, fails: false }], pause: 0 } as const
 * const job = { phases: [{ station: 'judge', atOnce: 2, bundles: [[task], [task], [task]] }] }
 * const { seconds, stations } = simulate({ stations: { judge: { servers: 8 } }, jobs: [job], width: 1 })
 * assert.equal(seconds, 6)
 * assert.equal(stations.judge?.most, 2)
 * ```
 */
export const simulate = ({ stations, jobs, width, inOrder = false }: Network, watch: Watch = () => {}): Simulated => {
  let queue: EventQueue<Event> = noEvents
  const later = (time: number, event: Event): void => {
    queue = withEvent(queue, time, event)
  }
  const { ask, again, serve, stop, tallies } = floor(stations, later, watch)
  const whole = counting()
  const turns = turnsOf()
  const records: JobRecord[] = []
  let seconds = 0
  const begun = (job: Running, now: number): Course =>
    courseOf(job, { ask, turn: turns.wait, ended: (at, failed) => ended(job, at, failed) }, now)
  const door = admission(jobs, { width, inOrder }, whole.enter, time => later(time, { kind: 'arrival' }), begun)
  const ended = (job: Running, now: number, failed: boolean): void => {
    const { index, arrived, started, phases } = job
    records[index] = { arrived, started, ended: now, failed, phases }
    whole.leave(now, now - arrived, failed)
    turns.ended(index, now)
    door.left(index, now)
  }
  door.open()
  for (let next = nextEvent(queue); next !== undefined; next = nextEvent(queue)) {
    const { time, event, rest } = next
    queue = rest
    if (event.kind === 'stop') stop(event.asked, time)
    else if (event.kind === 'again') again(event.asked, time)
    else if (event.kind === 'opens') serve(event.station, time)
    else door.arrival(time)
    seconds = event.kind === 'opens' ? seconds : time
  }
  return { seconds, jobs: records, stations: tallies(), whole: whole.tally() }
}
