import { either as E } from 'fp-ts'
import { fault } from '../../../flow/index.ts'
import type { Completion, EngineFault, Prompt, Sampling } from '../../engine.ts'
import { mixSeed } from '../../tfjs/tensors/random.ts'
import { type SamplesResult, samplesResult, savedResult } from '../wire/results.ts'
import type { Connection } from './connection.ts'
import { encodePrompt } from './encode.ts'
import { badAnswer, collect, type Promised, submitOrKnown, unheard } from './future.ts'
import { takenBefore } from './insist.ts'
import type { Sent } from './link.ts'
import { lacksMedium } from './upload.ts'
import { type FutureWatch, watchesOf } from './watch.ts'

/** A sampling session, of the weights at which it was made. */
export interface ClientSampler {
  readonly id: string
  readonly next: () => number
  /** One poll for all its requests, where the server has that. */
  readonly watch: FutureWatch | undefined
}

const counting = (id: string, watch: FutureWatch | undefined): ClientSampler => {
  let number = 0
  return { id, next: () => number++, watch }
}

/** Samplers of the model as it is. */
export interface Samplers {
  /** The weights have changed: what was sampled from is of old ones. */
  readonly stale: () => void
  /** The sampler of the newest weights, made where there is none. */
  readonly fresh: (signal?: AbortSignal) => Promise<E.Either<EngineFault, ClientSampler>>
}

/** Makes samplers of the model as it is, never one that was there before. */
export const samplersOf = (at: Connection): Samplers => {
  const seen = new Set<string>()
  const watching = watchesOf(at.link, at.capabilities.manyFutures)
  let current: ClientSampler | undefined
  return {
    stale: () => {
      current = undefined
    },
    fresh: async signal => {
      if (current !== undefined) return E.right(current)
      const body = { sampling_session_seq_id: at.nextSampler(), type: 'save_weights_for_sampler' }
      const asked = await at.trainee().ask('save_weights_for_sampler', body, savedResult, { signal, harmless: true })
      if (E.isLeft(asked)) return asked
      const saved = await asked.right.result()
      if (E.isLeft(saved)) return saved
      const { sampling_session_id: id } = saved.right
      if (typeof id !== 'string' || id === '' || seen.has(id))
        return E.left(
          badAnswer(
            at.link,
            'save_weights_for_sampler',
            id ? `session ${id}, which is of older weights` : 'no sampling session',
          ),
        )
      seen.add(id)
      current = counting(id, watching(id))
      return E.right(current)
    },
  }
}

const paramsOf = ({ maxTokens, temperature, topK, topP, minP, repetitionPenalty, stop }: Sampling, seed: number) => ({
  max_tokens: maxTokens,
  seed,
  stop,
  temperature,
  top_k: topK === undefined || topK === 0 ? -1 : topK,
  top_p: topP ?? 1,
  ...(minP === undefined ? {} : { min_p: minP }),
  ...(repetitionPenalty === undefined ? {} : { repetition_penalty: repetitionPenalty }),
})

/** A request of sampling: prompts that are sampled in step. */
const bodyOf = async (
  { capabilities }: Connection,
  { id, next }: ClientSampler,
  prompts: readonly Prompt[],
  sampling: Sampling,
  seed: number,
): Promise<E.Either<EngineFault, object>> => {
  const inputs: { readonly chunks: unknown }[] = []
  const hashes: string[] = []
  for (const prompt of prompts) {
    const encoded = await encodePrompt(prompt, capabilities)
    if (E.isLeft(encoded)) return encoded
    inputs.push({ chunks: encoded.right.chunks })
    if (encoded.right.hash !== undefined) hashes.push(encoded.right.hash)
  }
  const [prompt, ...more] = inputs
  return E.right({
    ...{ sampling_session_id: id, seq_id: next(), prompt, num_samples: sampling.count, type: 'sample' },
    ...{ sampling_params: paramsOf(sampling, seed), prompt_logprobs: false, topk_prompt_logprobs: 0 },
    ...(more.length === 0 ? {} : { more_prompts: more }),
    ...(hashes.length === 0 ? {} : { prompt_hashes: hashes }),
  })
}

/** Whether the distribution that is drawn from is the policy's own. */
const plain = ({ temperature, topK = 0, topP = 1, minP = 0, repetitionPenalty = 1 }: Sampling): boolean =>
  temperature === 1 && topK === 0 && topP === 1 && minP === 0 && repetitionPenalty === 1

type Sequence = SamplesResult['sequences'][number]

/** How many tokens are of a completion: some servers fill it up behind the token that ended it, to the length of the longest. */
const endOf = (tokens: readonly number[], { stop }: Sampling): number => {
  const ending = tokens.findIndex(token => stop.includes(token))
  return ending < 0 ? tokens.length : ending + 1
}

/** A completion as the engine gives it. Why it ended is seen by its tokens: some servers say `stop` of what was cut. */
const completionOf =
  (at: Connection, sampling: Sampling) =>
  ({ tokens, logprobs, sampling_logprobs: drawn }: Sequence): E.Either<EngineFault, Completion> => {
    const wrong = (why: string) => E.left(badAnswer(at.link, 'asample', why))
    if (tokens.length > sampling.maxTokens)
      return wrong(`${tokens.length} tokens, at most ${sampling.maxTokens} were asked for`)
    if (logprobs === undefined || logprobs === null || logprobs.length !== tokens.length)
      return wrong(`${logprobs?.length ?? 0} log-probabilities for ${tokens.length} tokens`)
    const end = endOf(tokens, sampling)
    const numbers = (values: readonly (number | null)[]) =>
      Float32Array.from(values.slice(0, end), value => value ?? Number.NaN)
    const known = numbers(logprobs)
    const own = drawn === undefined ? undefined : numbers(drawn)
    return E.right({
      ids: Int32Array.from(tokens.slice(0, end)),
      logprobs: known,
      samplingLogprobs: own ?? (plain(sampling) ? known : known.map(() => Number.NaN)),
      stop: end < sampling.maxTokens || (end > 0 && sampling.stop.includes(tokens[end - 1]!)) ? 'stop' : 'length',
    })
  }

const groupsOf = (at: Connection, sampling: Sampling, prompts: number, { sequences }: SamplesResult) => {
  if (sequences.length !== prompts * sampling.count)
    return E.left(badAnswer(at.link, 'asample', `${sequences.length} sequences for ${prompts * sampling.count}`))
  const read = E.traverseArray(completionOf(at, sampling))(sequences)
  return E.map((all: readonly Completion[]) =>
    Array.from({ length: prompts }, (_, n) => all.slice(n * sampling.count, (n + 1) * sampling.count)),
  )(read)
}

const filters: EngineFault = fault(
  'CannotDo',
  'minP and repetitionPenalty are not of the protocol, and this server does not know them',
  'Leave them out, or sample by topP.',
)

/** Requests of sampling that were taken, and what they come to: groups of prompts, in order. */
export interface SamplingUnderWay {
  readonly result: () => Promise<E.Either<EngineFault, readonly (readonly Completion[])[]>>
}

/** How often samples are asked for under another number: each time the server took them, and its answer was lost. */
const mostAsked = 4

/**
 * Sends a request of sampling; under another number where the server took it before and does not say its promise again, as samples
 * change nothing. `body` is made anew each time, with the next number.
 */
export const askUntilPromised = async (
  { link }: Pick<Connection, 'link'>,
  body: () => Promise<E.Either<EngineFault, object>>,
  send: (sent: Sent) => ReturnType<typeof submitOrKnown>,
  signal?: AbortSignal,
): Promise<E.Either<EngineFault, Promised>> => {
  const headers = { 'X-Tinker-Sampling-Backpressure': '1' }
  for (let asked = 0; asked < mostAsked; asked++) {
    const made = await body()
    if (E.isLeft(made)) return made
    const taken = await send({ verb: 'asample', body: made.right, headers, signal })
    if (E.isLeft(taken)) return taken
    if (taken.right !== takenBefore) return E.right(taken.right)
  }
  return E.left(unheard(link, 'asample'))
}

/** Sends one part; its media once more where the server dropped them. */
const askPart = (
  at: Connection,
  sampler: ClientSampler,
  part: readonly Prompt[],
  sampling: Sampling,
  { seed, signal }: { readonly seed: number; readonly signal: AbortSignal | undefined },
): Promise<E.Either<EngineFault, Promised>> =>
  askUntilPromised(
    at,
    () => bodyOf(at, sampler, part, sampling, seed),
    async sent => {
      const taken = await submitOrKnown(at.link, sent)
      if (E.isRight(taken) || !lacksMedium(taken.left)) return taken
      at.uploads.forget()
      const again = await at.uploads.bring(part, signal)
      return E.isLeft(again) ? again : submitOrKnown(at.link, sent)
    },
    signal,
  )

/**
 * Asks for completions; a server that dropped media gets them once more. At most `samplesAtOnce` requests are on their way. Resolves
 * when all were taken.
 */
export const askSamples = async (
  at: Connection,
  sampler: ClientSampler,
  prompts: readonly Prompt[],
  sampling: Sampling,
  signal?: AbortSignal,
): Promise<E.Either<EngineFault, SamplingUnderWay>> => {
  const { own } = at.capabilities
  if (!own && (sampling.minP !== undefined || sampling.repetitionPenalty !== undefined)) return E.left(filters)
  const sent = await at.uploads.bring(prompts, signal)
  if (E.isLeft(sent)) return sent
  // In step and with one seed on our own server, as in process; elsewhere one request a prompt, each with a seed of its own.
  const parts = own ? [prompts] : prompts.map(prompt => [prompt])
  const { samplesAtOnce = 64 } = at.options
  const ask = (part: readonly Prompt[], n: number) =>
    askPart(at, sampler, part, sampling, { seed: own ? sampling.seed : mixSeed(sampling.seed, n) >>> 1, signal })
  const heard = async (part: readonly Prompt[], n: number, promised: Promised) => {
    // Of one request its own poll says as much, and brings the result.
    const how = { signal, proto: !own, ended: parts.length > 1 ? sampler.watch?.ended : undefined }
    const done = await collect(at.link, promised, samplesResult, how)
    if (E.isRight(done) || done.left._tag !== 'OutOfStep') return E.flatMap(groupsIn(part))(done)
    const again = await ask(part, n)
    return E.isLeft(again) ? again : E.flatMap(groupsIn(part))(await collect(at.link, again.right, samplesResult, how))
  }
  const groupsIn =
    ({ length }: readonly Prompt[]) =>
    (result: SamplesResult) =>
      groupsOf(at, sampling, length, result)
  const results: ReturnType<typeof heard>[] = []
  for (const [n, part] of parts.entries()) {
    await results[n - samplesAtOnce]
    const taken = await ask(part, n)
    if (E.isLeft(taken)) return taken
    results.push(heard(part, n, taken.right))
  }
  return E.right({
    result: async () =>
      E.map((all: readonly (readonly (readonly Completion[])[])[]) => all.flat())(
        E.sequenceArray(await Promise.all(results)),
      ),
  })
}
