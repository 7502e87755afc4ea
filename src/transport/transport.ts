import type { taskEither as TE } from 'fp-ts'
import type { Fault } from '../flow/index.ts'

/** A stage of a run, as one version of it does its work: each has a queue of its own, so that no worker of another version gets it. */
export interface Queue {
  readonly run: string
  readonly stage: string
  readonly version: string
}

/** A piece of work: its queue, and the key that is made of the stage and its input. */
export interface Address extends Queue {
  readonly key: string
}

/** `task`: work that waits, gone when it is done. `result`: what came of it, kept. `dead`: what could not be done, kept to be looked at. */
export type Kind = 'task' | 'result' | 'dead'

/** Work that was handed to a worker, who says what becomes of it. Silence for `waitMs` gives it to another. */
export interface Delivery {
  readonly key: string
  readonly body: string
  /** How often it was handed out: 1 the first time. */
  readonly deliveries: number
  readonly waitMs: number
  /** It is still worked at: `waitMs` begin anew. */
  readonly working: () => void
  /** It is done: nobody gets it again. */
  readonly ack: () => void
  /** It is not done: another worker gets it at once. */
  readonly again: () => void
}

/** Bytes that are kept elsewhere, and how to know them again. */
export interface BlobRef {
  readonly name: string
  readonly sha256: string
  readonly bytes: number
}

/** A run's name, held by one process as long as it lives. */
export interface Claim {
  /** Settles when the name could not be held, with the reason. */
  readonly lost: Promise<Fault>
  readonly release: () => Promise<void>
}

/** A result that has just come. */
export interface Heard {
  readonly key: string
  readonly body: string
}

/**
 * What carries work to workers and results back: `inProcess` or `nats`. All of it may be done twice without harm: a message is known by
 * its key, a blob by its name and hash. A transport tries again by itself while its server is away, within limits that it states, then
 * says `Unreachable`.
 */
export interface Transport {
  readonly name: string
  /** Makes a queue of which all workers together hold `inFlight` tasks at most, or sets that bound anew. Those of other versions end. */
  readonly open: (queue: Queue, inFlight: number) => TE.TaskEither<Fault, void>
  /** Takes a run's name. Left: `RunTaken`, another process holds it. */
  readonly claim: (run: string) => TE.TaskEither<Fault, Claim>
  /** `known` where a message of that kind and key is there already: it stays as it is. Left: `Full`, `TooLarge`. */
  readonly publish: (kind: Kind, to: Address, body: string) => TE.TaskEither<Fault, 'published' | 'known'>
  /** Whether a run has never had a task or a result. */
  readonly untouched: (run: string) => TE.TaskEither<Fault, boolean>
  /** The result of a key; undefined where there is none. */
  readonly find: (of: Address) => TE.TaskEither<Fault, string | undefined>
  /**
   * The tasks of a queue, each handed out when the reader asks for it, and no more than the queue's bound among all who read. Waits
   * for a queue that nobody has opened yet, and says so by `told`. Ends with the signal; fails with a `Defect` where the server stays
   * away.
   */
  readonly consume: (queue: Queue, signal: AbortSignal, told?: (words: string) => void) => AsyncIterable<Delivery>
  /** Tells of every result that comes from now on, and when some may have been missed: `find` has them. */
  readonly follow: (
    run: string,
    heard: (result: Heard) => void,
    missed: () => void,
  ) => TE.TaskEither<Fault, () => Promise<void>>
  /** Keeps bytes; `owner` and their hash are their name. */
  readonly putBlob: (run: string, owner: string, bytes: Uint8Array) => TE.TaskEither<Fault, BlobRef>
  /** Left: `NoBlob`, it is gone; `BadBlob`, what is there has another size or hash. */
  readonly getBlob: (run: string, ref: BlobRef) => TE.TaskEither<Fault, Uint8Array>
  readonly dropBlob: (run: string, ref: BlobRef) => TE.TaskEither<Fault, void>
  readonly close: () => Promise<void>
}

/** What a transport's limits are. */
export interface TransportLimits {
  /** Milliseconds after which work that nobody speaks of is given to another; 30,000 by default. */
  readonly waitMs?: number
  /** Tasks of a run that may wait; 65,536 by default. More are refused (`Full`). */
  readonly waiting?: number
}

/** The limits where nothing is said. */
export const usualLimits = { waitMs: 30_000, waiting: 65_536 }

/** Characters of a message: half of what a NATS server takes in bytes at most, as it is installed. */
export const longestBody = 500_000
