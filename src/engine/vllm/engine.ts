import { either as E, function as F, taskEither as TE } from 'fp-ts'
import { from, lastValueFrom, mergeMap, toArray } from 'rxjs'
import { fault } from '../../flow/index.ts'
import type { Completion, Engine, EngineFault, Prompt, Sampling } from '../engine.ts'
import { mixSeed } from '../tfjs/tensors/random.ts'
import { turns } from '../tfjs/turns.ts'
import type { Link } from '../tinker/remote/link.ts'
import { onceOf } from '../tinker/remote/once.ts'
import { type PadTokens, qwenPads } from '../tinker/remote/pads.ts'
import { type Adapters, adaptersOf } from './adapters.ts'
import { checkAgreement, shortest } from './agreement.ts'
import { ask, completionsOf, type Replied } from './answer.ts'
import { vllmLink } from './link.ts'
import { baseModel } from './models.ts'
import type { VllmOptions } from './options.ts'
import { probeFeatures } from './probe.ts'
import { checkVersion } from './version.ts'

/** An engine whose completions come from vLLM, and what is known of that. */
export interface VllmEngine extends Engine {
  readonly sampler: { readonly version: string; readonly model: string; readonly maxTokens: number }
}

/** All that sampling needs. */
interface Sampler {
  readonly link: Link
  readonly pads: PadTokens
  readonly atOnce: number
}

type Result<A> = E.Either<EngineFault, A>

/** Completions of one prompt. */
const completions = async (
  at: Sampler,
  model: string,
  prompt: Prompt,
  sampling: Sampling,
  signal: AbortSignal,
): Promise<Result<readonly Completion[]>> =>
  E.flatMap(({ asked, answer }: Replied) => completionsOf(at.link, asked, sampling, answer))(
    await ask(at, model, prompt, sampling, signal),
  )

/** Completions of all prompts, so many at a time; the first fault ends the others. */
const sampleAll = async (
  at: Sampler,
  model: string,
  prompts: readonly Prompt[],
  sampling: Sampling,
  signal: AbortSignal,
): Promise<Result<readonly (readonly Completion[])[]>> => {
  const end = new AbortController()
  const both = AbortSignal.any([signal, end.signal])
  const one = async (prompt: Prompt, n: number) => {
    // A seed of its own for each prompt, as elsewhere without requests of several.
    const seed = mixSeed(sampling.seed, n) >>> 1
    const group = await completions(at, model, prompt, { ...sampling, seed }, both)
    if (E.isLeft(group) && !end.signal.aborted) end.abort()
    return { n, group }
  }
  const all = await lastValueFrom(from(prompts).pipe(mergeMap(one, at.atOnce), toArray()))
  const groups = all.sort((a, b) => a.n - b.n).map(({ group }) => group)
  const first = groups.find((group): group is E.Left<EngineFault> => E.isLeft(group) && group.left._tag !== 'Cancelled')
  return first ?? E.sequenceArray(groups)
}

const disposed: EngineFault = fault(
  'Disposed',
  'the engine was disposed of',
  'Make another engine, or dispose of it later.',
)

/** The adapter of the weights as they are, its users, and whether it was compared with the policy that trains. */
interface Current {
  readonly name: string
  users: number
  retired: boolean
  readonly agrees: (...given: Parameters<typeof checkAgreement>) => Promise<Result<void>>
}

/** Keeps one adapter on the server, of the newest weights; an old one leaves when nobody samples from it any more. */
const currentOf = (adapters: Adapters, trainer: Engine) => {
  let current: Current | undefined
  const leave = (one: Current): void => {
    if (one.retired && one.users === 0) adapters.retire(one.name)
  }
  return {
    stale: () => {
      if (current === undefined) return
      current.retired = true
      leave(current)
      current = undefined
    },
    enter: async (signal: AbortSignal): Promise<Result<Current>> => {
      if (current === undefined) {
        const name = await adapters.publish(trainer, signal)
        if (E.isLeft(name)) return name
        current = { name: name.right, users: 0, retired: false, agrees: onceOf(checkAgreement) }
      }
      current.users++
      return E.right(current)
    },
    leave: (one: Current) => {
      one.users--
      leave(one)
    },
    /** The server has it no more, as after a restart: the next one to enter brings it again. */
    lost: (one: Current) => {
      one.retired = true
      if (current === one) current = undefined
    },
  }
}

const emptyGroups = (prompts: readonly Prompt[], { count }: Sampling): readonly (readonly Completion[])[] =>
  prompts.map(() =>
    Array.from({ length: count }, () => ({
      ...{ ids: new Int32Array(), logprobs: new Float32Array(), samplingLogprobs: new Float32Array() },
      stop: 'length' as const,
    })),
  )

/** The verbs: those that sample go to the server, the others to the trainer, each in its turn. */
const verbsOf = (at: Sampler, trainer: Engine, adapters: Adapters, within: number): Engine => {
  const queue = turns()
  const ended = new AbortController()
  const current = currentOf(adapters, trainer)
  const probe = onceOf((model: string, prompt: Prompt, signal: AbortSignal) =>
    probeFeatures(at.link, { model, pads: at.pads }, prompt, signal),
  )
  const changing =
    <A>(verb: TE.TaskEither<EngineFault, A>, signal?: AbortSignal): TE.TaskEither<EngineFault, A> =>
    () =>
      queue.take(
        () => {
          // Whatever becomes of it, the weights on the server may be old ones.
          current.stale()
          return verb()
        },
        { signal },
      )
  const sampled = async (
    one: Current,
    prompts: readonly Prompt[],
    sampling: Sampling,
    signal: AbortSignal,
  ): Promise<Result<readonly (readonly Completion[])[]>> => {
    const shown = prompts.find(({ media }) => media.length > 0)
    const seen = shown === undefined ? E.right(undefined) : await probe(one.name, shown, signal)
    if (E.isLeft(seen)) return seen
    const groups = await sampleAll(at, one.name, prompts, sampling, signal)
    const compared = E.isLeft(groups) ? undefined : shortest(prompts, groups.right)
    if (compared === undefined) return groups
    // Where a step was made meanwhile, the trainer is ahead: the next adapter is compared.
    const agrees = await queue.take(
      async () => (one.retired ? E.right(undefined) : one.agrees(trainer, at.link.address, compared, within, signal)),
      { signal },
    )
    return E.isLeft(agrees) ? agrees : groups
  }
  const sample: Engine['sample'] = (prompts, sampling, signal) => async () => {
    if (prompts.length * sampling.count * sampling.maxTokens === 0) return E.right(emptyGroups(prompts, sampling))
    const both = AbortSignal.any([ended.signal, ...(signal === undefined ? [] : [signal])])
    const asDisposed = <A>(result: Result<A>): Result<A> =>
      E.isLeft(result) && ended.signal.aborted ? E.left(disposed) : result
    const attempt = async (again: boolean): Promise<Result<readonly (readonly Completion[])[]>> => {
      const one = await queue.take(() => current.enter(both), { signal })
      if (E.isLeft(one)) return one
      const groups = await sampled(one.right, prompts, sampling, both)
      const gone = E.isLeft(groups) && groups.left._tag === 'SessionLost'
      if (gone) current.lost(one.right)
      current.leave(one.right)
      return gone && again ? attempt(false) : groups
    }
    return asDisposed(await attempt(true))
  }
  return {
    ...trainer,
    sample,
    optimStep: (rate, signal) => changing(trainer.optimStep(rate, signal), signal),
    load: (directory, options) => changing(trainer.load(directory, options), options?.signal),
    logprobs: (groups, signal, options) => () =>
      queue.take(() => trainer.logprobs(groups, signal, options)(), { signal }),
    forwardBackward: (groups, objective, signal) => () =>
      queue.take(() => trainer.forwardBackward(groups, objective, signal)(), { signal }),
    dispose: () => {
      ended.abort()
      current.stale()
      queue.close(disposed, trainer.dispose)
    },
  }
}

/**
 * An engine that trains where `trainer` does and samples from vLLM (0.30 or later): the adapter is written into a folder that the server
 * reads, and loaded under a name of its own after every step. Token ids and log-probabilities are the server's, nothing is tokenised
 * again, and clips go as the patches that the trainer sees. A step may be made while completions of before are still on their way, which
 * are then of the weights at which they were asked for. Before media are used the first time it is tried whether they reach the model,
 * and once a step, unless the next one was faster, one completion is scored by the trainer: old weights, another base model or other positions are found by it. Disposing
 * of it disposes of the trainer.
 *
 * `samplingLogprobs` are numbers where the distribution is the policy's own (temperature 1, no filters), and NaN otherwise: vLLM gives
 * those before temperature and filters.
 *
 * Left, besides what engines say: `Refused` for versions of before 0.30, with the advisory's name, and for servers that load no adapters;
 * `NoAnswer`, `BadAnswer`, `MediaDropped`, `CannotDo`; `BadAdapter` where the trainer has none.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import { tinyPolicy } from 'kinograd/engine/tfjs'
 * import { vllmEngine } from 'kinograd/engine/vllm'
 *
 * const trainer = tinyPolicy().engine
 * const options = { url: 'http://127.0.0.1:9', adapters: 'adapters', patienceSeconds: 0 }
 * const engine = await vllmEngine(trainer, options)()
 * assert(E.isLeft(engine) && engine.left._tag === 'NoAnswer')
 * trainer.dispose()
 * ```
 */
export const vllmEngine = (
  trainer: Engine,
  options: VllmOptions,
  signal?: AbortSignal,
): TE.TaskEither<EngineFault, VllmEngine> => {
  const link = vllmLink(options)
  const { pads = qwenPads, atOnce = 64, within = 0.3 } = options
  return F.pipe(
    TE.Do,
    TE.bind('version', () => () => checkVersion(link, signal)),
    TE.bind('base', () => () => baseModel(link, options.model, signal)),
    TE.map(({ version, base }) => {
      const maxTokens = base.maxTokens ?? Number.POSITIVE_INFINITY
      const verbs = verbsOf({ link, pads, atOnce }, trainer, adaptersOf(link, options, base.id), within)
      const most = Math.min(maxTokens, trainer.capabilities.maxTokens)
      return {
        ...verbs,
        capabilities: { ...trainer.capabilities, maxTokens: most },
        sampler: { version, model: base.id, maxTokens },
      }
    }),
  )
}
