import { setTimeout as sleep } from 'node:timers/promises'
import type { Consumer, JsMsg } from '@nats-io/jetstream'
import { isOfStage, queueName, waitingFor } from '../names.ts'
import type { Delivery, Queue } from '../transport.ts'
import type { Link } from './link.ts'
import { keyIn, streamOf } from './places.ts'
import { queuesOf } from './streams.ts'

/** Milliseconds that a question for a task waits at the server, and between two looks for a queue. */
const [asking, looking] = [20_000, 100]

/** Says something of a message; what is not heard is said again by the next who gets it. */
const quietly = (say: () => void): void => {
  try {
    say()
  } catch {
    // The connection is closing: the task will be handed out again, and its result found.
  }
}

const deliveryOf = (message: JsMsg, waitMs: number): Delivery => ({
  key: keyIn(message.subject),
  body: message.string(),
  deliveries: message.info.deliveryCount,
  waitMs,
  working: () => quietly(() => message.working()),
  ack: () => quietly(() => message.ack()),
  again: () => quietly(() => message.nak()),
})

interface Found {
  readonly consumer: Consumer
  readonly waitMs: number
}

/** The queue, as soon as there is one; undefined when the signal fires. */
const found = async (
  link: Link,
  queue: Queue,
  signal: AbortSignal,
  told: (words: string) => void,
): Promise<Found | undefined> => {
  let said = ''
  while (!signal.aborted) {
    await link.there(signal)
    try {
      const consumer = await link.js.consumers.get(streamOf(queue.run, 'task'), queueName(queue))
      const { config } = await consumer.info(true)
      return { consumer, waitMs: Math.round((config.ack_wait ?? 30e9) / 1e6) }
    } catch {
      const others = await queuesOf(link.jsm, queue.run).catch(() => [])
      const words = waitingFor(
        queue,
        others.filter(name => isOfStage(queue.stage, name)),
      )
      if (words !== said) told(words)
      said = words
      await sleep(looking, undefined, { signal }).catch(() => {})
    }
  }
  return undefined
}

/** The next task; null where none came in the time that was asked for, the server went away, or the signal fired. */
const nextOf = async ({ onChange }: Link, consumer: Consumer, signal: AbortSignal): Promise<JsMsg | null> => {
  const messages = await consumer.fetch({ max_messages: 1, expires: asking })
  const stop = (): void => void messages.close()
  signal.addEventListener('abort', stop, { once: true })
  const off = onChange(stop)
  if (signal.aborted) stop()
  try {
    for await (const message of messages) return message
    return null
  } finally {
    off()
    signal.removeEventListener('abort', stop)
  }
}

/**
 * The tasks of a queue, one asked for at a time: nothing is fetched ahead, so that what the server counts as handed out is what workers
 * work at.
 */
export async function* consumeNats(
  link: Link,
  queue: Queue,
  signal: AbortSignal,
  told: (words: string) => void = () => {},
): AsyncGenerator<Delivery> {
  let at: Found | undefined
  while (!signal.aborted) {
    at ??= await found(link, queue, signal, told)
    if (at === undefined) return
    await link.there(signal)
    const message = await nextOf(link, at.consumer, signal).catch(() => 'gone' as const)
    if (message === 'gone') {
      // The server is away, or the queue was ended: look for it again.
      at = undefined
      await sleep(looking, undefined, { signal }).catch(() => {})
    } else if (message !== null) {
      const delivery = deliveryOf(message, at.waitMs)
      if (signal.aborted) delivery.again()
      else yield delivery
    }
  }
}
