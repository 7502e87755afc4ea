import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { either as E, function as F, taskEither as TE } from 'fp-ts'
import { codeOf, type Fault, fault, messageOf } from '../../flow/index.ts'
import type { RunFault } from '../fault.ts'
import { policyOf } from '../report/shell.ts'
import { follow } from './follow.ts'
import { guard, newToken } from './guard.ts'
import { type LivePage, livePage } from './live-page.ts'

/** A run's page that is being served. */
export interface Served {
  /** Where it is, token included. */
  readonly address: string
  /** Closes it and all its connections at once. */
  readonly close: () => Promise<void>
}

/** What a run's page is served on. */
export interface ServeOptions {
  readonly directory: string
  /** This one alone; without it the first free one from 7070 on. */
  readonly port?: number | undefined
}

/** Ports that are tried where none was asked for. */
const [firstPort, portsTried] = [7070, 50]

const loopback = '127.0.0.1'

const headers = {
  'Content-Security-Policy': `${policyOf('live')}; frame-ancestors 'none'`,
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cache-Control': 'no-store',
}

const words = {
  403: 'This page is served to this machine alone.',
  404: 'There is nothing here: the address has a token, which kinograd ui printed.',
  405: 'This page can only be read.',
  500: 'The run cannot be read at the moment.',
}

const refuse = (response: ServerResponse, status: keyof typeof words): void => {
  response.writeHead(status, {
    ...headers,
    'Content-Type': 'text/plain; charset=utf-8',
    ...(status === 405 ? { Allow: 'GET, HEAD' } : {}),
  })
  response.end(`${words[status]}\n`)
}

const answer = async (
  page: LivePage,
  allowed: ReturnType<typeof guard>,
  { method, url, headers: { host } }: IncomingMessage,
  response: ServerResponse,
): Promise<void> => {
  const asked = allowed({ method, url, host })
  if (asked.kind === 'refused') return refuse(response, asked.status)
  const [type, body] =
    asked.kind === 'page'
      ? ['text/html', await page.whole()]
      : ['application/json', JSON.stringify(await page.news(asked.since))]
  response.writeHead(200, {
    ...headers,
    'Content-Type': `${type}; charset=utf-8`,
    'Content-Length': Buffer.byteLength(body),
  })
  response.end(method === 'HEAD' ? undefined : body)
}

type PortFault = Fault<'PortTaken' | 'NoPort'>

const listening = (server: Server, port: number): TE.TaskEither<PortFault, number> =>
  TE.tryCatch(
    () =>
      new Promise<number>((resolve, reject) => {
        server.once('error', reject)
        server.listen({ host: loopback, port, exclusive: true }, () => {
          server.off('error', reject)
          resolve(port)
        })
      }),
    (error): PortFault =>
      codeOf(error) === 'EADDRINUSE'
        ? fault(
            'PortTaken',
            `port ${port} of ${loopback} is taken by another process`,
            'Give another --port, or leave it away: the next free one is taken then.',
          )
        : fault('NoPort', `port ${port} of ${loopback} cannot be used: ${messageOf(error)}`, 'Give another --port.'),
  )

/** Listens on the port that was asked for, else on the first free one. */
const listen = (
  server: Server,
  asked: number | undefined,
  port = asked ?? firstPort,
): TE.TaskEither<PortFault, number> =>
  F.pipe(
    listening(server, port),
    TE.orElse(refused =>
      asked === undefined && refused._tag === 'PortTaken' && port + 1 < firstPort + portsTried
        ? listen(server, asked, port + 1)
        : TE.left(refused),
    ),
  )

/**
 * Serves the page of a run folder to this machine alone, as it grows: the page asks for what is new every two seconds. Only reads, and only
 * when it is asked. Holds what the page holds, however long it is open. Left: `CannotRead` where there is no run, `PortTaken`, `NoPort`.
 */
export const serveRun = ({ directory, port }: ServeOptions): TE.TaskEither<RunFault | PortFault, Served> =>
  F.pipe(
    follow(directory),
    TE.flatMap(
      (follower): TE.TaskEither<RunFault | PortFault, Served> =>
        async () => {
          const page = livePage(follower)
          const token = newToken()
          const server = createServer({ requestTimeout: 10_000, headersTimeout: 10_000, keepAliveTimeout: 5000 })
          server.maxConnections = 64
          const taken = await listen(server, port)()
          if (E.isLeft(taken)) return taken
          const allowed = guard(token, taken.right)
          server.on('request', (request, response) => {
            answer(page, allowed, request, response).catch(() => {
              if (response.headersSent) response.destroy()
              else refuse(response, 500)
            })
          })
          return E.right({
            address: `http://${loopback}:${taken.right}/${token}/`,
            close: () =>
              new Promise<void>(resolve => {
                server.close(() => resolve())
                server.closeAllConnections()
              }),
          })
        },
    ),
  )
