import { randomUUID } from 'node:crypto'
import { either as E, taskEither as TE } from 'fp-ts'
import * as t from 'io-ts'
import { fault } from '../../../flow/index.ts'
import type { Completion, Engine, EngineFault, TrainGroup } from '../../engine.ts'
import { optimResult, savedResult } from '../wire/results.ts'
import { type Connection, promptsOf } from './connection.ts'
import { normIn } from './grad-norm.ts'
import { type Lane, laneOf } from './lane.ts'
import type { TinkerOptions } from './options.ts'
import { askSamples, type Samplers, samplersOf } from './sampling.ts'
import { readSaved, writeSaved } from './saved-folder.ts'
import { score } from './scoring.ts'
import type { Trainee } from './trainee.ts'
import { type Gradients, gradientsOf } from './updating.ts'

const tokensIn = (groups: readonly TrainGroup[]): number =>
  groups.reduce((sum, { completions }) => completions.reduce((n, { length }) => n + length, sum), 0)

const cannot = (cause: string, remedy: string): TE.TaskEither<EngineFault, never> =>
  TE.left(fault('CannotDo', cause, remedy))

/** A completion of 0 tokens. */
const nothing: Completion = {
  ids: new Int32Array(),
  logprobs: new Float32Array(),
  samplingLogprobs: new Float32Array(),
  stop: 'length',
}

/** The verbs that read: nothing of the model is changed. */
const reading = (at: Connection, lane: Lane, samplers: Samplers): Pick<Engine, 'sample' | 'logprobs'> => ({
  sample: (prompts, sampling, signal) => {
    if (prompts.length * sampling.count * sampling.maxTokens === 0)
      return TE.right(prompts.map(() => Array.from({ length: sampling.count }, () => nothing)))
    return lane.showing(
      prompts,
      async both => {
        const ask = async () => {
          const sampler = await samplers.fresh(both)
          return E.isLeft(sampler) ? sampler : askSamples(at, sampler.right, prompts, sampling, both)
        }
        let asked = await ask()
        if (E.isLeft(asked) && asked.left._tag === 'SessionLost') {
          // Perhaps the sampling session alone: another one is of the same weights.
          samplers.stale()
          asked = await ask()
        }
        return E.isLeft(asked) ? asked : E.right(asked.right.result)
      },
      signal,
    )
  },
  logprobs: (groups, signal, { adapter } = {}) => {
    if (tokensIn(groups) === 0)
      return TE.right(groups.flatMap(({ completions }) => completions.map(() => new Float64Array())))
    if (adapter === 'off' && !at.capabilities.own)
      return cannot(
        'the protocol has no way to score by the model under its adapter',
        'Give another engine as the reference, or set the beta of the KL to 0.',
      )
    return lane.showing(
      promptsOf(groups),
      async both => {
        const sent = await score(at, groups, both, adapter)
        if (E.isLeft(sent)) return sent
        return E.right(async () => {
          const scored = await sent.right.result()
          return E.isLeft(scored) ? scored : E.right(scored.right.logprobs)
        })
      },
      signal,
    )
  },
})

const adamOf = ({ optimiser = {} }: TinkerOptions, learningRate: number) => ({
  learning_rate: learningRate,
  beta1: optimiser.beta1 ?? 0.9,
  beta2: optimiser.beta2 ?? 0.95,
  eps: optimiser.epsilon ?? 1e-12,
  weight_decay: optimiser.weightDecay ?? 0,
  grad_clip_norm: optimiser.clip ?? 0,
})

/** The verbs that train. */
const training = (
  at: Connection,
  lane: Lane,
  samplers: Samplers,
  gradients: Gradients,
): Pick<Engine, 'forwardBackward' | 'optimStep'> => ({
  forwardBackward: (groups, objective, signal) =>
    tokensIn(groups) === 0
      ? TE.left(
          fault(
            'BadPrompt',
            `${groups.length} groups hold 0 completion tokens`,
            'Leave out batches in which nothing was sampled.',
          ),
        )
      : lane.showing(
          promptsOf(groups),
          async both => {
            const added = await gradients.add(groups, objective, both)
            return E.isLeft(added) ? added : E.right(added.right.report)
          },
          signal,
        ),
  optimStep: (learningRate, signal) =>
    lane.inTurn(async both => {
      const flushed = await gradients.flush()
      if (E.isLeft(flushed)) return flushed
      // Whatever becomes of the request, what was sampled from before may be of old weights.
      samplers.stale()
      const body = { adam_params: adamOf(at.options, learningRate), type: 'optim_step' }
      const asked = await at.trainee().ask('optim_step', body, optimResult, { signal: both, done: { metrics: null } })
      if (E.isLeft(asked)) return asked
      return E.right(async () => {
        const done = await asked.right.result()
        return E.isLeft(done) ? done : E.right({ gradientNorm: normIn(done.right) })
      })
    }, signal),
})

/** The verbs that save and load. `replace` makes another model in the place of the one that is trained. */
const filing = (
  at: Connection,
  lane: Lane,
  replace: () => Promise<E.Either<EngineFault, Trainee>>,
): Pick<Engine, 'save' | 'load'> => ({
  save: (directory, options) => {
    const { merged = false, signal } = options instanceof AbortSignal ? { signal: options } : (options ?? {})
    if (merged)
      return cannot(
        'weights elsewhere are saved there, and not merged',
        'Fetch them from the server, and merge them by readAdapter and mergeAdapter.',
      )
    return lane.inTurn(async both => {
      const body = { path: `k-${randomUUID()}`, type: 'save_weights' }
      const asked = await at.trainee().ask('save_weights', body, savedResult, { signal: both, harmless: true })
      if (E.isLeft(asked)) return asked
      return E.right(async () => {
        const saved = await asked.right.result()
        if (E.isLeft(saved)) return saved
        return writeSaved(directory, { path: saved.right.path ?? '', model: at.capabilities.model })()
      })
    }, signal)
  },
  load: (directory, { weightsOnly = false, signal } = {}) =>
    lane.inTurn(async both => {
      const saved = await readSaved(directory)()
      if (E.isLeft(saved)) return saved
      const made = await replace()
      if (E.isLeft(made)) return made
      const body = { path: saved.right.path, optimizer: !weightsOnly, type: 'load_weights' }
      const asked = await made.right.ask('load_weights', body, t.UnknownRecord, { signal: both, done: {} })
      if (E.isLeft(asked)) return asked
      const done = await asked.right.result()
      return E.isLeft(done) ? done : E.right(async () => E.right(undefined))
    }, signal),
})

/** The verbs of an engine over a connection. */
export const verbsOf = (at: Connection, replace: () => Promise<E.Either<EngineFault, Trainee>>): Engine => {
  const lane = laneOf(at)
  const samplers = samplersOf(at)
  const gradients = gradientsOf(at)
  const anew = () => {
    samplers.stale()
    gradients.clear()
    return replace()
  }
  return {
    capabilities: {
      backend: `tinker ${at.link.address}`,
      parameters: at.capabilities.parameters,
      maxTokens: at.capabilities.maxTokens,
    },
    ...reading(at, lane, samplers),
    ...training(at, lane, samplers, gradients),
    ...filing(at, lane, anew),
    dispose: () =>
      lane.close(() => {
        void at.link.send({ verb: 'unload_model', body: { model_id: at.trainee().id }, seconds: 5 })
        at.session().end()
      }),
  }
}
