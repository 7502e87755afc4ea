import { setTimeout as sleep } from 'node:timers/promises'
import { type JetStreamClient, type JetStreamManager, jetstream, jetstreamManager } from '@nats-io/jetstream'
import { connect, type NatsConnection } from '@nats-io/transport-node'
import { either as E, function as F, taskEither as TE } from 'fp-ts'
import { defect, type Fault, messageOf } from '../../flow/index.ts'
import { longestBody } from '../transport.ts'
import { type ServerAddress, serverAddress } from './address.ts'
import { readCredentials } from './credentials.ts'
import { refusalOf, shortMessages, unreachable } from './refusals.ts'

/** Where the server is and who may come in. */
export interface NatsOptions {
  /** `nats://127.0.0.1:4222`, or `tls://…`; never with a password. */
  readonly url: string
  /** A file: .creds of nsc, a token, or user and password on two lines. Such a file leaves this machine only under TLS. */
  readonly credentials?: string
  /** A file with the certificate of the authority that the server's is signed by. */
  readonly ca?: string
  /** Files with this client's certificate and its key, where the server asks for them. */
  readonly cert?: string
  readonly key?: string
  /** Seconds that the server may be away before everything ends; 600 by default. */
  readonly patienceSeconds?: number
  /** Seconds that the first connection may take; 20 by default. */
  readonly connectSeconds?: number
}

/** A connection that outlives its server's absence. */
export interface Link {
  readonly connection: NatsConnection
  readonly js: JetStreamClient
  readonly jsm: JetStreamManager
  readonly server: string
  /** Tries until it succeeds, the server refuses, or has been away too long. Left: `Refused`, `NoJetStream`, `NoRoom`, `Unreachable`. */
  readonly persist: <A>(verb: () => Promise<A>) => TE.TaskEither<Fault, A>
  /** Waits while the server is away; throws a `Defect` when that takes too long. */
  readonly there: (signal: AbortSignal) => Promise<void>
  /** Tells when the server goes away and when it is back, until it is called off. */
  readonly onChange: (told: (there: boolean) => unknown) => () => void
}

/** Milliseconds between two tries. */
const pause = 250

interface Watch {
  /** When the server went away; undefined while it is there. */
  readonly since: () => number | undefined
  readonly onChange: Link['onChange']
}

/** What a verb gives; an error as soon as the connection breaks, as no answer will come then. */
const whileConnected = <A>(verb: () => Promise<A>, { since, onChange }: Watch): Promise<A> =>
  new Promise((resolve, reject) => {
    if (since() !== undefined) return reject(new Error('no connection'))
    const off = onChange(there => there || reject(new Error('the connection broke')))
    verb().then(resolve, reject).finally(off)
  })

/** Before there is a connection. */
const unwatched: Watch = { since: () => undefined, onChange: () => () => {} }

const persisting =
  (server: string, seconds: number, watch: Watch = unwatched): Link['persist'] =>
  verb =>
  async () => {
    for (const began = Date.now(); ; await sleep(pause)) {
      try {
        return E.right(await whileConnected(verb, watch))
      } catch (error) {
        const refusal = refusalOf(server, error, watch !== unwatched)
        if (refusal !== undefined) return E.left(refusal)
        if (Date.now() - began > seconds * 1000) return E.left(unreachable(server, seconds, messageOf(error)))
      }
    }
  }

const tlsOf = ({ ca, cert, key, credentials }: NatsOptions, { tls, local }: ServerAddress) =>
  tls || ca !== undefined || cert !== undefined || (credentials !== undefined && !local)
    ? {
        tls: {
          ...(ca === undefined ? {} : { caFile: ca }),
          ...(cert === undefined ? {} : { certFile: cert }),
          ...(key === undefined ? {} : { keyFile: key }),
        },
      }
    : {}

const watched = (connection: NatsConnection): Watch => {
  let since: number | undefined
  const listeners = new Set<(there: boolean) => unknown>()
  const watch = async (): Promise<void> => {
    for await (const { type } of connection.status()) {
      if (type !== 'disconnect' && type !== 'reconnect') continue
      since = type === 'reconnect' ? undefined : (since ?? Date.now())
      for (const listener of [...listeners]) listener(type === 'reconnect')
    }
  }
  watch().catch(() => {})
  const onChange: Link['onChange'] = told => {
    listeners.add(told)
    return () => void listeners.delete(told)
  }
  return { since: () => since, onChange }
}

/** The manager of JetStream, where the server has what is needed; the connection is closed where it has not. */
const manager = (server: string, connection: NatsConnection, seconds: number): TE.TaskEither<Fault, JetStreamManager> =>
  F.pipe(
    persisting(server, seconds)(() => jetstreamManager(connection, { timeout: 5000 })),
    TE.flatMapEither(jsm => {
      const short = shortMessages(server, connection.info?.max_payload ?? longestBody)
      return short === undefined ? E.right(jsm) : E.left(short)
    }),
    TE.tapError(() => TE.fromTask(() => connection.close())),
  )

/** Connects. Left: `BadAddress`, `NoKey`, `Refused`, `NoJetStream`, `NoRoom`, `Unreachable`. */
export const openLink = (options: NatsOptions): TE.TaskEither<Fault, Link> => {
  const { patienceSeconds = 600, connectSeconds = 20 } = options
  return F.pipe(
    TE.fromEither(serverAddress(options.url)),
    TE.bindTo('address'),
    TE.bind('who', () => readCredentials(options.credentials)),
    TE.bind('connection', ({ address, who }) =>
      persisting(
        address.server,
        connectSeconds,
      )(() =>
        connect({
          ...{ servers: address.server, name: 'kinograd', timeout: 5000, ...who, ...tlsOf(options, address) },
          // Every request would else carry the place where it was made, which takes longer than the request.
          noAsyncTraces: true,
          ...{ maxReconnectAttempts: -1, reconnectTimeWait: 500, reconnectJitter: 250, ignoreAuthErrorAbort: true },
        }),
      ),
    ),
    TE.bind('jsm', ({ address, connection }) => manager(address.server, connection, connectSeconds)),
    TE.map(({ address: { server }, connection, jsm }): Link => {
      const watch = watched(connection)
      const { since, onChange } = watch
      const stillThere = (): void => {
        const gone = since()
        if (connection.isClosed()) throw defect(unreachable(server, 0, 'the connection is closed'))
        if (gone !== undefined && Date.now() - gone > patienceSeconds * 1000)
          throw defect(unreachable(server, patienceSeconds, 'no connection'))
      }
      const there = async (signal: AbortSignal): Promise<void> => {
        for (stillThere(); since() !== undefined && !signal.aborted; stillThere())
          await sleep(pause, undefined, { signal }).catch(() => {})
      }
      const persist = persisting(server, patienceSeconds, watch)
      return { connection, jsm, js: jetstream(connection, { timeout: 5000 }), server, persist, there, onChange }
    }),
  )
}
