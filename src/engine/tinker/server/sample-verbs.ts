import { createHash } from 'node:crypto'
import { either as E, function as F, taskEither as TE } from 'fp-ts'
import type { Completion, Engine, Prompt, Sampling } from '../../engine.ts'
import { type Chunk, chunkOf } from '../wire/chunk.ts'
import { samplesToProto } from '../wire/proto-write.ts'
import { createSampler, type SampleRequest, sampleRequest } from '../wire/requests.ts'
import type { SamplesResult } from '../wire/results.ts'
import type { Outcome } from './futures.ts'
import { promptLogprobs } from './prompt-logprobs.ts'
import { holding, type PromptReader, readChunks, sealedPrompt } from './prompts.ts'
import { type Refusal, refuse } from './refusal.ts'
import { addSampler, engineOf, frozenEngine } from './samplers.ts'
import { bodyOf, outcomeOf, refusalOf, sessionOf, type Verb } from './verb.ts'
import type { Sampler, World } from './world.ts'

const makeSampler: Verb = async (world, asked) =>
  F.pipe(
    bodyOf(createSampler)(asked),
    E.bindTo('body'),
    E.bind('session', ({ body }) => sessionOf(world, body.session_id)),
    E.flatMap(({ body: { sampling_session_seq_id: number, base_model, model_path }, session }) => {
      const digest = `${base_model} ${model_path}`
      const before = session.samplers.get(number)
      if (before !== undefined)
        return before.digest === digest
          ? E.right({ json: { sampling_session_id: before.id } })
          : refuse(409, `sampling session number ${number} was reused with another model`)
      const path = model_path ?? undefined
      if (path === undefined && base_model !== world.policy.name)
        return refuse(404, `there is no model ${base_model}, this server has ${world.policy.name}`)
      const source = { kind: 'saved', engine: frozenEngine(world, path) } as const
      const id = addSampler(world, { session: session.id, path: path ?? null, source })
      session.samplers.set(number, { digest, id })
      return E.right({ json: { sampling_session_id: id, type: 'create_sampling_session' } })
    }),
  )

/** The sampling of a request. Left: stop texts, which this server does not know. */
const samplingOf = (
  { sampling_params: p, num_samples, seq_id }: SampleRequest,
  room: number,
): E.Either<Refusal, Sampling> => {
  const stop: readonly (number | string)[] = Array.isArray(p.stop)
    ? p.stop
    : [...(typeof p.stop === 'string' ? [p.stop] : [])]
  const tokens = stop.filter(one => typeof one === 'number')
  if (tokens.length < stop.length) return refuse(400, 'stop must be a list of tokens: this server has no tokenizer')
  return E.right({
    count: num_samples ?? 1,
    maxTokens: p.max_tokens ?? Math.max(0, room),
    temperature: p.temperature ?? 1,
    ...(p.top_k === undefined || p.top_k === null || p.top_k < 0 ? {} : { topK: p.top_k }),
    ...(p.top_p === undefined || p.top_p === null ? {} : { topP: p.top_p }),
    ...(p.min_p === undefined ? {} : { minP: p.min_p }),
    ...(p.repetition_penalty === undefined ? {} : { repetitionPenalty: p.repetition_penalty }),
    stop: tokens,
    seed: p.seed ?? seq_id,
  })
}

const resultOf = (
  groups: readonly (readonly Completion[])[],
  prompt: readonly (number | null)[] | undefined,
): Outcome => {
  const result: SamplesResult = {
    sequences: groups.flat().map(({ ids, logprobs, samplingLogprobs, stop }) => ({
      ...{ tokens: [...ids], logprobs: [...logprobs], sampling_logprobs: [...samplingLogprobs], stop_reason: stop },
    })),
    prompt_logprobs: prompt === undefined ? null : [...prompt],
  }
  return { kind: 'finished', json: { ...result, type: 'sample' }, proto: () => samplesToProto(result) }
}

const sampled = (
  world: World,
  engine: Engine,
  request: SampleRequest,
  prompts: readonly Prompt[],
  signal: AbortSignal,
): TE.TaskEither<Refusal, Outcome> =>
  F.pipe(
    TE.fromEither(samplingOf(request, world.policy.maxTokens - Math.max(...prompts.map(({ ids }) => ids.length)))),
    TE.flatMap(sampling => TE.mapLeft(refusalOf)(engine.sample(prompts, sampling, signal))),
    TE.bindTo('groups'),
    TE.bind('prompt', () =>
      request.prompt_logprobs === true
        ? TE.mapLeft(refusalOf)(promptLogprobs(engine, world.policy.model, prompts[0]!, signal))
        : TE.right(undefined),
    ),
    TE.map(({ groups, prompt }) => resultOf(groups, prompt)),
  )

const inputsOf = ({ prompt, more_prompts: more = [] }: SampleRequest): readonly (readonly Chunk[])[] =>
  [prompt, ...more].map(({ chunks }) => chunks.map(chunkOf))

const promptsOf = (
  reader: PromptReader,
  inputs: ReturnType<typeof inputsOf>,
  { prompt_hashes: hashes = [] }: SampleRequest,
) =>
  F.pipe(
    inputs,
    TE.traverseSeqArrayWithIndex((i, chunks) =>
      F.pipe(
        readChunks(reader)(chunks),
        TE.flatMapEither(prompt => sealedPrompt(reader)(prompt, hashes[i])),
      ),
    ),
  )

/** Takes a request of sampling; the same number with the same body is the same request. */
const taken = (world: World, sampler: Sampler, request: SampleRequest, body: Uint8Array) => {
  const digest = createHash('sha256').update(body).digest('hex')
  const before = sampler.requests.get(request.seq_id)
  if (before !== undefined) {
    const same = before.digest === digest ? world.futures.find(before.id) : undefined
    return same === undefined
      ? refuse(409, `sequence number ${request.seq_id} was reused, with another body or too late`)
      : E.right(same)
  }
  const inputs = inputsOf(request)
  const reader = holding(world.reader, inputs.flat())
  if (E.isLeft(reader)) return reader
  // Now, not when the prompt is read: a step that comes between would be of other weights.
  const engine = engineOf(sampler)
  const future = world.futures.accept(
    signal =>
      outcomeOf(
        F.pipe(
          promptsOf(reader.right, inputs, request),
          TE.bindTo('prompts'),
          TE.bind('engine', () => engine),
          TE.flatMap(({ prompts, engine: from }) => sampled(world, from, request, prompts, signal)),
        ),
      ),
    { group: sampler.id },
  )
  if (E.isRight(future)) sampler.requests.set(request.seq_id, { digest, id: future.right.id })
  return future
}

const sample: Verb = async (world, asked) =>
  F.pipe(
    bodyOf(sampleRequest)(asked),
    E.bindTo('request'),
    E.bind('sampler', ({ request: { sampling_session_id: id } }) =>
      E.fromNullable<Refusal>({ status: 404, detail: `there is no sampling session ${id}` })(world.samplers.get(id)),
    ),
    E.tap(({ sampler }) => sessionOf(world, sampler.session)),
    E.bind('future', ({ request, sampler }) => taken(world, sampler, request, asked.body)),
    E.map(({ request, future: { id } }) => {
      const sequences = (request.num_samples ?? 1) * (1 + (request.more_prompts ?? []).length)
      return {
        json: { request_id: id, sample_sequence_ids: Array.from({ length: sequences }, (_, i) => `${id}/${i}`) },
      }
    }),
  )

/** Verbs that sample. */
export const sampleVerbs: Readonly<Record<string, Verb>> = { create_sampling_session: makeSampler, asample: sample }
