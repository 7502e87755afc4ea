import { randomUUID } from 'node:crypto'
import { either as E, function as F, taskEither as TE } from 'fp-ts'
import * as t from 'io-ts'
import { fault } from '../../../flow/index.ts'
import type { Completion, Engine, EngineFault, TrainGroup } from '../../engine.ts'
import { turns } from '../../tfjs/turns.ts'
import { optimResult, savedResult } from '../wire/results.ts'
import type { Connection } from './connection.ts'
import { linkTo } from './link.ts'
import type { TinkerOptions } from './options.ts'
import { askSamples, samplersOf } from './sampling.ts'
import { readSaved, writeSaved } from './saved-folder.ts'
import { score } from './scoring.ts'
import { type Capabilities, capabilitiesOf } from './server.ts'
import { openSession } from './session.ts'
import { modelMaker, type Trainee } from './trainee.ts'
import { gradientsOf } from './updating.ts'
import { uploadsTo } from './upload.ts'

/** An engine on another machine, and what is known of its server. */
export interface TinkerEngine extends Engine {
  readonly server: Capabilities
}

const adamOf = ({ optimiser = {} }: TinkerOptions, learningRate: number) => ({
  learning_rate: learningRate,
  beta1: optimiser.beta1 ?? 0.9,
  beta2: optimiser.beta2 ?? 0.95,
  eps: optimiser.epsilon ?? 1e-12,
  weight_decay: optimiser.weightDecay ?? 0,
  grad_clip_norm: optimiser.clip ?? 0,
})

/** The norm of the gradient by whatever name a server gives it; NaN where it says none. */
const normIn = ({ metrics }: t.TypeOf<typeof optimResult>): number => {
  const found = Object.entries(metrics ?? {}).find(([name]) => /grad_norm/.test(name))?.[1]
  return typeof found === 'number' ? found : Number.NaN
}

const tokensIn = (groups: readonly TrainGroup[]): number =>
  groups.reduce((sum, { completions }) => completions.reduce((n, { length }) => n + length, sum), 0)

const nothingToLearn: EngineFault = fault(
  'BadPrompt',
  'the groups hold 0 completion tokens',
  'Leave out batches in which nothing was sampled.',
)

const disposed: EngineFault = fault(
  'Disposed',
  'the engine was disposed of',
  'Make another engine, or dispose of it later.',
)

/** What waits for a result outside of the queue. */
type Pending<A> = () => Promise<E.Either<EngineFault, A>>

/** The verbs over a connection. `replace` makes another model in the place of the one that is trained. */
const verbsOf = (at: Connection, replace: () => Promise<E.Either<EngineFault, Trainee>>): TinkerEngine => {
  const queue = turns()
  const samplers = samplersOf(at)
  const gradients = gradientsOf(at)
  /** A verb of two parts: in its turn it sends, after it others may send too, and it waits. */
  const inTurn =
    <A>(
      send: (signal: AbortSignal) => Promise<E.Either<EngineFault, Pending<A>>>,
      signal?: AbortSignal,
    ): TE.TaskEither<EngineFault, A> =>
    async () => {
      const sent = await queue.take(send, { signal })
      return E.isLeft(sent) ? sent : sent.right()
    }
  const load = async (
    directory: string,
    weightsOnly: boolean,
    signal: AbortSignal,
  ): Promise<E.Either<EngineFault, void>> => {
    const saved = await readSaved(directory)()
    if (E.isLeft(saved)) return saved
    const made = await replace()
    if (E.isLeft(made)) return made
    samplers.stale()
    gradients.clear()
    const body = { path: saved.right.path, optimizer: !weightsOnly, type: 'load_weights' }
    const asked = await made.right.ask('load_weights', body, t.UnknownRecord, { signal })
    return E.isLeft(asked) ? asked : E.map(() => undefined)(await asked.right.result())
  }
  return {
    server: at.capabilities,
    capabilities: {
      backend: `tinker ${at.link.address}`,
      parameters: at.capabilities.parameters,
      maxTokens: at.capabilities.maxTokens,
    },
    sample: (prompts, sampling, signal) =>
      prompts.length * sampling.count * sampling.maxTokens === 0
        ? TE.right(prompts.map(() => Array.from({ length: sampling.count }, () => nothing)))
        : inTurn(async aborted => {
            const sampler = await samplers.fresh(aborted)
            if (E.isLeft(sampler)) return sampler
            const asked = await askSamples(at, sampler.right, prompts, sampling, signal)
            return E.isLeft(asked) ? asked : E.right(asked.right.result)
          }, signal),
    logprobs: (groups, signal, { adapter } = {}) =>
      tokensIn(groups) === 0
        ? TE.right(groups.flatMap(({ completions }) => completions.map(() => new Float64Array())))
        : inTurn(async () => {
            if (adapter === 'off' && !at.capabilities.own) return E.left(noReference)
            const sent = await score(at, groups, signal, adapter)
            if (E.isLeft(sent)) return sent
            return E.right(async () =>
              E.map(({ logprobs }: { readonly logprobs: readonly Float64Array[] }) => logprobs)(
                await sent.right.result(),
              ),
            )
          }, signal),
    forwardBackward: (groups, objective, signal) =>
      tokensIn(groups) === 0
        ? TE.left(nothingToLearn)
        : inTurn(async () => {
            const added = await gradients.add(groups, objective, signal)
            return E.isLeft(added) ? added : E.right(added.right.report)
          }, signal),
    optimStep: (learningRate, signal) =>
      inTurn(async () => {
        const flushed = await gradients.flush()
        if (E.isLeft(flushed)) return flushed
        // Whatever becomes of the request, what was sampled from before may be of old weights.
        samplers.stale()
        const body = { adam_params: adamOf(at.options, learningRate), type: 'optim_step' }
        const asked = await at.trainee().ask('optim_step', body, optimResult)
        if (E.isLeft(asked)) return asked
        return E.right(async () =>
          E.map((done: t.TypeOf<typeof optimResult>) => ({ gradientNorm: normIn(done) }))(await asked.right.result()),
        )
      }, signal),
    save: (directory, options) => {
      const { merged = false, signal } = options instanceof AbortSignal ? { signal: options } : (options ?? {})
      if (merged) return TE.left(noMerge)
      return inTurn(async () => {
        const body = { path: `k-${randomUUID()}`, type: 'save_weights' }
        const asked = await at.trainee().ask('save_weights', body, savedResult, { signal, harmless: true })
        if (E.isLeft(asked)) return asked
        return E.right(async () => {
          const saved = await asked.right.result()
          if (E.isLeft(saved)) return saved
          return writeSaved(directory, { path: saved.right.path ?? '', model: at.capabilities.model })()
        })
      }, signal)
    },
    load: (directory, { weightsOnly = false, signal } = {}) =>
      inTurn(
        async aborted => E.map(() => async () => E.right(undefined))(await load(directory, weightsOnly, aborted)),
        signal,
      ),
    dispose: () =>
      queue.close(disposed, () => {
        void at.link.send({ verb: 'unload_model', body: { model_id: at.trainee().id }, seconds: 5 })
        at.session.end()
      }),
  }
}

const nothing: Completion = {
  ids: new Int32Array(),
  logprobs: new Float32Array(),
  samplingLogprobs: new Float32Array(),
  stop: 'length',
}

const noReference: EngineFault = fault(
  'CannotDo',
  'the protocol has no way to score by the model under its adapter',
  'Give another engine as the reference, or set the beta of the KL to 0.',
)

const noMerge: EngineFault = fault(
  'CannotDo',
  'weights elsewhere are saved there, and not merged',
  'Fetch them from the server, and merge them by readAdapter and mergeAdapter.',
)

/**
 * An engine on another machine, by the Tinker protocol: `kinograd serve`, SkyRL, open-rl, hosted Tinker. The same pipeline runs on it as on
 * `tfjsEngine`. A verb keeps its place in the queue until the server has taken it; then others may be sent, so that a step follows its
 * gradient without a wait where both are asked for at once.
 *
 * Every update happens once: requests are numbered, and sent again as they were until they are answered. Where it cannot be known what
 * was done, nothing more is trained (`OutOfStep`) until a checkpoint is loaded. Samples are of the newest weights: each step makes the
 * sampling session before it stale. `save` leaves the weights on the server, and their name in the folder.
 *
 * Memory: requests of one batch. Left, besides what engines say: `NoAnswer`, `Refused`, `SessionLost`, `OutOfStep`, `BadAnswer`,
 * `CannotDo`; no message ever holds the key.
 */
export const tinkerEngine = (
  options: TinkerOptions,
  signal?: AbortSignal,
): TE.TaskEither<EngineFault, TinkerEngine> => {
  const link = linkTo(options)
  return F.pipe(
    TE.Do,
    TE.bind('capabilities', () => () => capabilitiesOf(link, options, signal)),
    TE.bind('session', () => () => openSession(link, options.heartbeatSeconds ?? 10, signal)),
    TE.flatMap(({ capabilities, session }) => async () => {
      const make = modelMaker(link, session, capabilities, options)
      const first = await make(signal)
      if (E.isLeft(first)) {
        session.end()
        return first
      }
      let trainee = first.right
      let samplers = 0
      const uploads = uploadsTo(link, capabilities)
      const at = {
        link,
        options,
        capabilities,
        session,
        uploads,
        trainee: () => trainee,
        nextSampler: () => samplers++,
      }
      return E.right(
        verbsOf(at, async () => {
          const made = await make()
          if (E.isRight(made)) {
            void link.send({ verb: 'unload_model', body: { model_id: trainee.id }, seconds: 5 })
            trainee = made.right
          }
          return made
        }),
      )
    }),
  )
}
