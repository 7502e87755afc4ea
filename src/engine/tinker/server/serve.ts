import { mkdir } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { either as E, function as F, taskEither as TE } from 'fp-ts'
import { codeOf, type Fault, fault, messageOf } from '../../../flow/index.ts'
import { aboutVerbs, capabilities } from './about-verbs.ts'
import { futureVerbs } from './future-verbs.ts'
import { futures } from './futures.ts'
import { type Handle, httpServer } from './http.ts'
import { keyCheck } from './keys.ts'
import { mediaStore } from './media-store.ts'
import { mediaVerb } from './media-verb.ts'
import { modelVerbs } from './model-verbs.ts'
import { refuse } from './refusal.ts'
import { sampleVerbs } from './sample-verbs.ts'
import type { ServedPolicy } from './served.ts'
import { endSession, endSilent } from './session-end.ts'
import { store } from './store.ts'
import { trainVerbs } from './train-verbs.ts'
import type { Verb } from './verb.ts'
import type { World } from './world.ts'

/** How a policy is served. */
export interface ServeOptions {
  readonly policy: ServedPolicy
  /** Where saved weights lie; those that are there are found again after a restart. */
  readonly directory: string
  /** 0 takes any that is free. */
  readonly port: number
  /** Address to listen on; 127.0.0.1 when not given. Another one takes keys. */
  readonly host?: string
  /** Keys of those who may come in. Without any, everybody on this machine. */
  readonly keys?: readonly string[]
  /** Requests that may wait at once, beyond which 429 is answered; 1,024 when not given. */
  readonly waiting?: number
  /** Models that may be open at once; 16 when not given. */
  readonly models?: number
  /** Bytes of media that are kept; 1 GiB when not given. */
  readonly mediaBytes?: number
  /** Largest body of a request; 512 MiB when not given. */
  readonly bodyBytes?: number
  /** Seconds of silence after which a session ends; 300 when not given. */
  readonly sessionSeconds?: number
  /** Longest wait of one poll, seconds; 20 when not given. */
  readonly pollSeconds?: number
}

/** A server that runs. */
export interface Serving {
  readonly address: string
  /** Ends it: connections, sessions and models, at once. */
  readonly close: () => Promise<void>
}

const verbs: Readonly<Record<string, Verb>> = {
  ...aboutVerbs,
  ...futureVerbs,
  ...modelVerbs,
  ...sampleVerbs,
  ...trainVerbs,
  'kinograd/media': mediaVerb,
}

const readable = (world: World, verb: string): object | undefined => {
  if (verb === 'healthz') return { status: 'ok' }
  if (verb === 'get_server_capabilities') return capabilities(world)
  const sampler = world.samplers.get(/^samplers\/([\w-]+)$/.exec(verb)?.[1] ?? '')
  return sampler && { sampler_id: sampler.id, base_model: world.policy.name, model_path: sampler.path }
}

const handle =
  (world: World): Handle =>
  async (verb, method, asked) => {
    if (method === 'GET') {
      const json = readable(world, verb)
      return json === undefined ? refuse(404, `there is nothing at ${verb}`) : E.right({ json })
    }
    const found = Object.hasOwn(verbs, verb) ? verbs[verb] : undefined
    return found === undefined ? refuse(404, `verb ${verb} is not offered`) : found(world, asked)
  }

/** Answers that are kept after they were there. */
const keptAnswers = 256

const worldOf = ({
  policy,
  directory,
  waiting = 1024,
  models = 16,
  mediaBytes = 2 ** 30,
  pollSeconds = 20,
}: ServeOptions): World => ({
  policy,
  reader: { policy, media: mediaStore(mediaBytes) },
  futures: futures(waiting, keptAnswers),
  store: store(directory),
  sessions: new Map(),
  ended: new Set(),
  models: new Map(),
  samplers: new Map(),
  frozen: new Map(),
  limits: { models, sessions: 256, pollSeconds },
})

const listen = (server: ReturnType<typeof httpServer>, host: string, port: number) =>
  TE.tryCatch(
    () =>
      new Promise<void>((resolve, reject) => {
        server.once('error', reject)
        server.listen({ host, port, exclusive: true }, () => resolve())
      }),
    (error): Fault =>
      codeOf(error) === 'EADDRINUSE'
        ? fault('PortTaken', `port ${port} of ${host} is taken by another process`, 'Give another --port.')
        : fault('NoPort', `port ${port} of ${host} cannot be used: ${messageOf(error)}`, 'Give another --port.'),
  )

const isLoopback = (host: string): boolean => ['127.0.0.1', '::1', 'localhost'].includes(host)

/**
 * Serves a policy by the Tinker protocol: sessions, models by adapter, training, sampling, saved weights. Its own additions are `video`
 * chunks, which name patches that were sent before, several prompts in one request of sampling, and the model under its adapter.
 *
 * A model's requests are done in the order of their numbers, each once, however often they are sent. A sampling session without a
 * name is of the model as it stands: after a step it is refused. Memory: the policy's, an engine's for each open model, and media up to
 * `mediaBytes`. Left: `PortTaken`, `NoPort`, `CannotWrite`; `NoKey` where others than this machine could come in without one.
 */
export const serveTinker = (options: ServeOptions): TE.TaskEither<Fault, Serving> => {
  const { host = '127.0.0.1', port, keys = [], bodyBytes = 2 ** 29, sessionSeconds = 300, directory } = options
  if (!isLoopback(host) && keys.length === 0)
    return TE.left(
      fault(
        'NoKey',
        `${host} can be reached from elsewhere, and no keys are given`,
        'Give --keys FILE, or listen on 127.0.0.1.',
      ),
    )
  return F.pipe(
    TE.tryCatch(
      () => mkdir(directory, { recursive: true }),
      error => fault('CannotWrite', `${directory} cannot be made: ${messageOf(error)}`, 'Check its permissions.'),
    ),
    TE.flatMap(() => {
      const world = worldOf(options)
      const hosts = new Set<string>()
      const server = httpServer(handle(world), {
        allows: keyCheck(keys),
        hosts: isLoopback(host) ? hosts : undefined,
        bodyBytes,
      })
      const watch = setInterval(() => endSilent(world, sessionSeconds, Date.now()), 1000)
      watch.unref()
      return F.pipe(
        listen(server, host, port),
        TE.map(() => {
          const { port: taken } = server.address() as AddressInfo
          for (const name of ['127.0.0.1', 'localhost', '[::1]']) hosts.add(`${name}:${taken}`)
          return {
            address: `http://${host.includes(':') ? `[${host}]` : host}:${taken}`,
            close: () =>
              new Promise<void>(resolve => {
                clearInterval(watch)
                for (const session of world.sessions.values()) endSession(world, session)
                for (const engine of world.frozen.values()) void engine.then(one => one?.dispose())
                server.close(() => resolve())
                server.closeAllConnections()
              }),
          }
        }),
      )
    }),
  )
}
