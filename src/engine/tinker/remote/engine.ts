import { either as E, function as F, taskEither as TE } from 'fp-ts'
import type { Engine, EngineFault } from '../../engine.ts'
import type { Connection } from './connection.ts'
import { type Link, linkTo } from './link.ts'
import type { TinkerOptions } from './options.ts'
import { probeReduction } from './probe-reduction.ts'
import { probeReplays } from './probe-replays.ts'
import { type Capabilities, capabilitiesOf } from './server.ts'
import { type ClientSession, openSession } from './session.ts'
import { authorised } from './token.ts'
import { modelMaker, type Trainee } from './trainee.ts'
import { uploadsTo } from './upload.ts'
import { verbsOf } from './verbs.ts'

/** An engine on another machine, and what is known of its server. */
export interface TinkerEngine extends Engine {
  readonly server: Capabilities
}

/** Where models are made: a session, and another one where it was lost. */
interface Place {
  readonly session: () => ClientSession
  readonly make: (signal?: AbortSignal) => Promise<E.Either<EngineFault, Trainee>>
}

const placeOf = (link: Link, options: TinkerOptions, capabilities: Capabilities, first: ClientSession): Place => {
  let session = first
  let maker = modelMaker(link, session, capabilities, options)
  return {
    session: () => session,
    make: async signal => {
      const made = await maker(signal)
      if (E.isRight(made) || made.left._tag !== 'SessionLost') return made
      const opened = await openSession(link, options.heartbeatSeconds ?? 10, signal)
      if (E.isLeft(opened)) return opened
      session.end()
      session = opened.right
      maker = modelMaker(link, session, capabilities, options)
      return maker(signal)
    },
  }
}

const unload = (link: Link, { id }: Trainee): void =>
  void link.send({ verb: 'unload_model', body: { model_id: id }, seconds: 5 })

/** Capabilities with what a model that is thrown away showed of the server; as they were where it showed nothing. */
const tried = async (
  link: Link,
  options: TinkerOptions,
  capabilities: Capabilities,
  { make, session }: Place,
): Promise<Capabilities> => {
  const model = await make()
  if (E.isLeft(model)) return capabilities
  const uploads = uploadsTo(link, capabilities)
  const at = { link, options, capabilities, uploads, session, trainee: () => model.right, nextSampler: () => 0 }
  const { reduction } = capabilities
  const found = reduction === 'unknown' ? await probeReduction(at) : E.right(reduction)
  const replays = await probeReplays(link, model.right)
  unload(link, model.right)
  return { ...capabilities, replays, reduction: E.isLeft(found) ? reduction : found.right }
}

/** An engine in a session that was opened. */
const opened = async (
  link: Link,
  options: TinkerOptions,
  said: Capabilities,
  place: Place,
  signal: AbortSignal | undefined,
): Promise<E.Either<EngineFault, TinkerEngine>> => {
  const capabilities = said.own ? said : await tried(link, options, said, place)
  const first = await place.make(signal)
  if (E.isLeft(first)) {
    place.session().end()
    return first
  }
  let trainee = first.right
  let samplers = 0
  const at: Connection = {
    ...{ link, options, capabilities, uploads: uploadsTo(link, capabilities), session: place.session },
    trainee: () => trainee,
    nextSampler: () => samplers++,
  }
  const engine = verbsOf(at, async () => {
    const made = await place.make()
    if (E.isLeft(made)) return made
    unload(link, trainee)
    trainee = made.right
    return made
  })
  return E.right({ ...engine, server: capabilities })
}

/**
 * An engine on another machine, by the Tinker protocol: `kinograd serve`, SkyRL, open-rl, hosted Tinker. The same pipeline runs on it as on
 * `tfjsEngine`. A verb keeps its place in the queue until the server has taken it; then others may be sent, so that a step follows its
 * gradient without a wait where both are asked for at once.
 *
 * Every update happens once: requests are numbered, and sent again as they were until they are answered. Where it cannot be known what
 * was done, nothing more is trained (`OutOfStep`) until a checkpoint is loaded. Samples are of the newest weights: each step makes the
 * sampling session before it stale. `save` leaves the weights on the server, and their name in the folder. Before media are used the
 * first time, it is tried whether they reach the model.
 *
 * Memory: requests of one batch. Left, besides what engines say: `NoAnswer`, `Refused`, `SessionLost`, `OutOfStep`, `BadAnswer`,
 * `MediaDropped`, `CannotDo`; no message ever holds the key.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { mkdtemp, rm } from 'node:fs/promises'
 * import { tmpdir } from 'node:os'
 * import { join } from 'node:path'
 * import { either as E } from 'fp-ts'
 * import { sftLoss } from 'kinograd/advantage'
 * import { tinyPolicy } from 'kinograd/engine/tfjs'
 * import { servedCheckpoint, serveTinker, tinkerEngine } from 'kinograd/engine/tinker'
 *
 * // A server in this process, as `kinograd serve --checkpoint` is one in its own.
 * const folder = await mkdtemp(join(tmpdir(), 'served-'))
 * await tinyPolicy().write(folder)()
 * const policy = await servedCheckpoint(folder, { name: 'tiny', backend: 'wasm' })()
 * assert(E.isRight(policy))
 * const server = await serveTinker({ policy: policy.right, directory: join(folder, 'state'), port: 0 })()
 * assert(E.isRight(server))
 *
 * const engine = await tinkerEngine({ url: server.right.address, rank: 4 })()
 * assert(E.isRight(engine))
 * const groups = [{ prompt: { ids: Int32Array.of(5, 9), media: [] }, completions: [Int32Array.of(7, 8)] }]
 * const [report, step] = await Promise.all([engine.right.forwardBackward(groups, sftLoss())(), engine.right.optimStep(1e-3)()])
 * assert(E.isRight(report) && report.right.loss > 0 && E.isRight(step) && step.right.gradientNorm > 0)
 *
 * engine.right.dispose()
 * await server.right.close()
 * policy.right.dispose()
 * await rm(folder, { recursive: true })
 * ```
 */
export const tinkerEngine = (
  options: TinkerOptions,
  signal?: AbortSignal,
): TE.TaskEither<EngineFault, TinkerEngine> => {
  return F.pipe(
    TE.Do,
    TE.bind('link', () => () => authorised(linkTo(options), options.key, signal)),
    TE.bind(
      'capabilities',
      ({ link }) =>
        () =>
          capabilitiesOf(link, options, signal),
    ),
    TE.bind(
      'session',
      ({ link }) =>
        () =>
          openSession(link, options.heartbeatSeconds ?? 10, signal),
    ),
    TE.flatMap(
      ({ link, capabilities, session }) =>
        () =>
          opened(link, options, capabilities, placeOf(link, options, capabilities, session), signal),
    ),
  )
}
