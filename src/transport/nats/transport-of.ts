import { type ConsumerMessages, DeliverPolicy } from '@nats-io/jetstream'
import { either as E, function as F, taskEither as TE } from 'fp-ts'
import type { Fault } from '../../flow/index.ts'
import { fitting, full } from '../faults.ts'
import type { Heard, Transport, TransportLimits } from '../transport.ts'
import { natsBlobs } from './blobs.ts'
import { claimNats } from './claim.ts'
import { consumeNats } from './consume.ts'
import type { Link } from './link.ts'
import { keyIn, streamOf, subjectOf } from './places.ts'
import { onceOrFull } from './publish.ts'
import { makeQueue, makeStreams, untouched } from './streams.ts'

/** Results as they come. After the server was away it is told that some may have been missed. */
const follow = async (
  { js, persist, onChange }: Link,
  run: string,
  heard: (result: Heard) => void,
  missed: () => void,
): Promise<() => Promise<void>> => {
  let messages: ConsumerMessages | undefined
  const read = async (from: ConsumerMessages): Promise<void> => {
    for await (const message of from) heard({ key: keyIn(message.subject), body: message.string() })
  }
  const begin = async (): Promise<void> => {
    messages?.stop()
    const consumer = await js.consumers.get(streamOf(run, 'result'), { deliver_policy: DeliverPolicy.New })
    messages = await consumer.consume({ max_messages: 200 })
    // When it breaks, whoever waits finds their results by asking for them.
    read(messages).catch(() => {})
  }
  await begin()
  const off = onChange(there => {
    if (there) persist(begin)().then(missed, missed)
  })
  return async () => {
    off()
    messages?.stop()
  }
}

/** What carries a run over a connection. */
export const transportOf = (link: Link, { waitMs, waiting }: Required<TransportLimits>): Transport => {
  const { jsm, persist, connection, server } = link
  const made = new Map<string, TE.TaskEither<Fault, void>>()
  /** The streams of a run, made once a process. */
  const streams = (run: string): TE.TaskEither<Fault, void> =>
    F.pipe(
      made.get(run) ?? persist(() => makeStreams(jsm, run, waiting)),
      TE.tapIO(() => () => made.set(run, TE.right(undefined))),
    )
  return {
    name: `NATS at ${server}`,
    open: (queue, inFlight) =>
      F.pipe(
        streams(queue.run),
        TE.flatMap(() => persist(() => makeQueue(jsm, queue, { inFlight, waitMs }))),
      ),
    claim: run => claimNats(link, run),
    publish: (kind, to, body) =>
      F.pipe(
        TE.fromEither(fitting(body)),
        TE.flatMap(() => persist(() => onceOrFull(link, subjectOf(kind, to), body))),
        TE.flatMapEither(said => (said === 'full' ? E.left(full(to.run, waiting)) : E.right(said))),
      ),
    untouched: run =>
      F.pipe(
        streams(run),
        TE.flatMap(() => persist(() => untouched(jsm, run))),
      ),
    find: of =>
      persist(async () => {
        const subject = { last_by_subj: subjectOf('result', of) }
        return (await jsm.streams.getMessage(streamOf(of.run, 'result'), subject))?.string()
      }),
    consume: (queue, signal, told) => consumeNats(link, queue, signal, told),
    follow: (run, heard, missed) =>
      F.pipe(
        streams(run),
        TE.flatMap(() => persist(() => follow(link, run, heard, missed))),
      ),
    ...natsBlobs(link),
    close: () => connection.close(),
  }
}
