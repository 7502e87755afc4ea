import {
  AckPolicy,
  DiscardPolicy,
  JetStreamApiError,
  type JetStreamManager,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
} from '@nats-io/jetstream'
import { nanos } from '@nats-io/transport-node'
import { isOfStage, queueName } from '../names.ts'
import type { Kind, Queue } from '../transport.ts'
import { blobSubjectsOf, blobsOf, streamOf, subjectsOf, tasksOf } from './places.ts'

const day = 24 * 3600 * 1000
/** Results, dead letters and blobs are kept so long. */
const keptMs = 7 * day
/** Dead letters that are kept of a run. */
const mostDead = 10_000
/** Results that are kept of a run. */
const mostResults = 10_000_000

type Settings = Partial<StreamConfig> & { readonly name: string }

/** A message a subject, for good: what is published a second time is refused, and the first stays. */
const once = { max_msgs_per_subject: 1, discard: DiscardPolicy.New, discard_new_per_subject: true }

const settingsOf = (run: string, kind: Kind, waiting: number): Settings => {
  const place = { name: streamOf(run, kind), subjects: [subjectsOf(run, kind)], storage: StorageType.File }
  if (kind === 'task') return { ...place, ...once, retention: RetentionPolicy.Workqueue, max_msgs: waiting }
  if (kind === 'result') return { ...place, ...once, max_age: nanos(keptMs), max_msgs: mostResults }
  return { ...place, max_msgs_per_subject: 1, max_age: nanos(keptMs), max_msgs: mostDead }
}

/** Makes the stream of a run's blobs, which are read without the detour over JetStream's API. */
export const makeBlobs = (jsm: JetStreamManager, run: string): Promise<void> =>
  makeStream(jsm, {
    ...{ name: blobsOf(run), subjects: [blobSubjectsOf(run)], storage: StorageType.File },
    ...{ ...once, max_age: nanos(keptMs), allow_direct: true },
  })

const isThere = (error: unknown): boolean =>
  error instanceof JetStreamApiError && /already (?:in use|exists)/.test(error.message)

/** Makes a stream, or gives the one that is there these settings. */
export const makeStream = async (jsm: JetStreamManager, settings: Settings): Promise<void> => {
  try {
    await jsm.streams.add(settings)
  } catch (error) {
    if (!isThere(error)) throw error
    await jsm.streams.update(settings.name, settings)
  }
}

/** Makes the three streams of a run. */
export const makeStreams = async (jsm: JetStreamManager, run: string, waiting: number): Promise<void> => {
  for (const kind of ['result', 'dead', 'task'] as const) await makeStream(jsm, settingsOf(run, kind, waiting))
}

/** Whether nothing was ever published to the tasks and results of a run. */
export const untouched = async (jsm: JetStreamManager, run: string): Promise<boolean> => {
  const [tasks, results] = await Promise.all([
    jsm.streams.info(streamOf(run, 'task')),
    jsm.streams.info(streamOf(run, 'result')),
  ])
  return tasks.state.last_seq === 0 && results.state.last_seq === 0
}

/** The queues that a run has. */
export const queuesOf = async (jsm: JetStreamManager, run: string): Promise<readonly string[]> => {
  const names: string[] = []
  for await (const { name } of jsm.consumers.list(streamOf(run, 'task'))) names.push(name)
  return names
}

/** Makes a queue with its bound, and ends those of other versions with what waits in them: nobody would ask for it. */
export const makeQueue = async (
  jsm: JetStreamManager,
  queue: Queue,
  { inFlight, waitMs }: { readonly inFlight: number; readonly waitMs: number },
): Promise<void> => {
  const [stream, name] = [streamOf(queue.run, 'task'), queueName(queue)]
  for (const other of await queuesOf(jsm, queue.run)) {
    if (other === name || !isOfStage(queue.stage, other)) continue
    await jsm.consumers.delete(stream, other)
    await jsm.streams.purge(stream, { filter: tasksOf(queue.run, other) })
  }
  const bound = { max_ack_pending: inFlight, ack_wait: nanos(waitMs) }
  const there = await jsm.consumers.info(stream, name).catch(() => undefined)
  if (there !== undefined) {
    await jsm.consumers.update(stream, name, bound)
    return
  }
  await jsm.consumers.add(stream, {
    ...{ durable_name: name, filter_subject: tasksOf(queue.run, name), ack_policy: AckPolicy.Explicit },
    ...{ max_deliver: -1, ...bound },
  })
}
