import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { DiscardPolicy, JetStreamApiCodes, JetStreamApiError, StorageType } from '@nats-io/jetstream'
import { nanos } from '@nats-io/transport-node'
import { either as E, type taskEither as TE } from 'fp-ts'
import type { Fault } from '../../flow/index.ts'
import { runTaken } from '../faults.ts'
import type { Claim } from '../transport.ts'
import type { Link } from './link.ts'
import { makeStream } from './streams.ts'

/** A name that is not renewed is free after `lifeMs`; it is renewed every `renewMs`. */
const [lifeMs, renewMs, lookMs, releaseMs] = [10_000, 2_000, 250, 1_000]

const stream = 'kinograd_claims'
const subjectOf = (run: string): string => `kinograd.claim.${run}`

interface Held {
  readonly holder: string
  readonly seq: number
}

/** Who holds a name. */
const holderOf = async ({ jsm }: Link, run: string): Promise<Held | undefined> => {
  const message = await jsm.streams.getMessage(stream, { last_by_subj: subjectOf(run) })
  return message === null ? undefined : { holder: message.string(), seq: message.seq }
}

/** Writes the holder's name where the last that was written has this number; undefined where another was quicker. */
const written = async ({ js }: Link, run: string, me: string, lastSubjectSequence: number) => {
  try {
    return (await js.publish(subjectOf(run), me, { expect: { lastSubjectSequence } })).seq
  } catch (error) {
    if (error instanceof JetStreamApiError && error.code === JetStreamApiCodes.StreamWrongLastSequence) return undefined
    throw error
  }
}

/** Takes or keeps a name: its number, or who has it instead. */
const taken = async (link: Link, run: string, me: string, seq: number): Promise<number | Held> => {
  for (let last = seq; ; ) {
    const mine = await written(link, run, me, last)
    if (mine !== undefined) return mine
    const held = await holderOf(link, run)
    if (held !== undefined && held.holder !== me) return held
    // It ran out while the server was away, or an answer to one of our own was lost.
    last = held?.seq ?? 0
  }
}

/** Takes a name that may still be held by a process that was killed: whoever is alive renews it in the meantime. */
const takenInTime = async (link: Link, run: string, me: string): Promise<number | Held> => {
  let first: Held | undefined
  for (const until = Date.now() + lifeMs + renewMs; ; ) {
    const now = await taken(link, run, me, 0)
    if (typeof now === 'number') return now
    first ??= now
    if (now.seq !== first.seq || Date.now() > until) return now
    await sleep(lookMs)
  }
}

/** Holds a run's name as long as this process lives. Left: `RunTaken` after some seconds; `NoRoom`, `Refused`, `Unreachable`. */
export const claimNats =
  (link: Link, run: string): TE.TaskEither<Fault, Claim> =>
  async () => {
    const me = `process ${process.pid} on ${hostname()} (${randomUUID().slice(0, 8)})`
    const settings = {
      ...{ name: stream, subjects: ['kinograd.claim.*'], storage: StorageType.File, discard: DiscardPolicy.Old },
      ...{ max_age: nanos(lifeMs), max_msgs_per_subject: 1, duplicate_window: nanos(lifeMs) },
    }
    const ready = await link.persist(() => makeStream(link.jsm, settings))()
    if (E.isLeft(ready)) return ready
    const got = await link.persist(() => takenInTime(link, run, me))()
    if (E.isLeft(got)) return got
    if (typeof got.right !== 'number') return E.left(runTaken(run, got.right.holder))
    let seq = got.right
    const ending = new AbortController()
    const renewing = async (): Promise<Fault> => {
      for (;;) {
        await sleep(renewMs, undefined, { signal: ending.signal })
        const again = await link.persist(() => taken(link, run, me, seq))()
        if (E.isLeft(again)) return again.left
        if (typeof again.right !== 'number') return runTaken(run, again.right.holder)
        seq = again.right
      }
    }
    const lost = renewing()
    lost.catch(() => {})
    const release = async (): Promise<void> => {
      ending.abort()
      // Where the server is away, the name runs out by itself.
      const free = link.jsm.streams.purge(stream, { filter: subjectOf(run) }).catch(() => {})
      await Promise.race([free, sleep(releaseMs, undefined, { ref: false })])
    }
    return E.right({ lost, release })
  }
