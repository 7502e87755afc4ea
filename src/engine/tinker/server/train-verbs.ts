import { either as E, function as F, taskEither as TE } from 'fp-ts'
import type * as t from 'io-ts'
import type { TrainGroup } from '../../engine.ts'
import { type TrainingRequest, trainingRequest, trainingRequestOf } from '../wire/datum.ts'
import { trainingRequestFromProto } from '../wire/proto-read.ts'
import { trainingToProto } from '../wire/proto-write.ts'
import { type adamParams, optimStep } from '../wire/requests.ts'
import type { TrainingResult } from '../wire/results.ts'
import type { Outcome } from './futures.ts'
import { objectiveOf } from './losses.ts'
import { grouped, type Placed, placed } from './place.ts'
import { holding, type PromptReader, readChunks, sealedPrompt } from './prompts.ts'
import type { Refusal } from './refusal.ts'
import { type Answer, type Asked, bodyOf, modelOf, outcomeOf, refusalOf, type Verb } from './verb.ts'
import type { Model } from './world.ts'

const requestOf = (asked: Asked): E.Either<Refusal, TrainingRequest> =>
  asked.proto
    ? E.mapLeft((detail: string): Refusal => ({ status: 400, detail }))(trainingRequestFromProto(asked.body))
    : F.pipe(
        bodyOf(trainingRequest)(asked),
        E.flatMap(body => E.mapLeft((detail: string): Refusal => ({ status: 400, detail }))(trainingRequestOf(body))),
      )

const placedData = (reader: PromptReader, { data }: TrainingRequest): TE.TaskEither<Refusal, readonly Placed[]> =>
  F.pipe(
    data,
    TE.traverseSeqArray(datum =>
      F.pipe(
        readChunks(reader)(datum.chunks),
        TE.flatMapEither(read => placed(read, datum)),
        TE.tap(({ prompt }) => TE.fromEither(sealedPrompt(reader)(prompt, datum.promptHash))),
      ),
    ),
  )

/** Log-probabilities in the places of the targets. */
const resultOf = (
  data: readonly Placed[],
  rows: readonly ArrayLike<number>[],
  metrics: Readonly<Record<string, number>>,
): Outcome => {
  const result: TrainingResult = {
    loss_fn_outputs: data.map(({ before }, s) => {
      const values = [...Array<number>(before).fill(0), ...Array.from(rows[s]!)]
      return { logprobs: { data: values, dtype: 'float32', shape: [values.length] } }
    }),
    metrics,
  }
  return {
    kind: 'finished',
    json: { loss_fn_output_type: 'ArrayRecord', ...result },
    proto: () => trainingToProto(result),
  }
}

const passed = (
  { open: { engine } }: Model,
  request: TrainingRequest,
  data: readonly Placed[],
  signal: AbortSignal,
): TE.TaskEither<Refusal, Outcome> => {
  const groups: readonly TrainGroup[] = grouped(data)
  return F.pipe(
    TE.fromEither(objectiveOf(request, data)),
    TE.flatMap(objective => {
      if (!request.backward)
        return F.pipe(
          engine.logprobs(groups, signal, request.adapter === 'off' ? { adapter: 'off' } : {}),
          TE.bimap(refusalOf, rows => resultOf(data, rows, objective(rows).metrics)),
        )
      let rows: readonly Float64Array[] = []
      return F.pipe(
        engine.forwardBackward(
          groups,
          logprobs => {
            rows = logprobs
            return objective(logprobs)
          },
          signal,
        ),
        TE.bimap(refusalOf, ({ metrics }) => resultOf(data, rows, metrics)),
      )
    }),
  )
}

/** What a request of training is answered with at once. */
export const accepted =
  (model: Model) =>
  (future: { readonly id: string }): Answer => ({ json: { request_id: future.id, model_id: model.id } })

const forwardBackward: Verb = async (world, asked) =>
  F.pipe(
    requestOf(asked),
    E.bindTo('request'),
    E.bind('model', ({ request }) => modelOf(world, request.modelId)),
    E.bind('reader', ({ request }) =>
      holding(
        world.reader,
        request.data.flatMap(({ chunks }) => chunks),
      ),
    ),
    E.flatMap(({ request, model, reader }) => {
      model.used = true
      return E.map(accepted(model))(
        model.requests.take(request.seqId, asked.body, signal =>
          outcomeOf(
            F.pipe(
              placedData(reader, request),
              TE.flatMap(data => passed(model, request, data, signal)),
            ),
          ),
        ),
      )
    }),
  )

const settingsOf = ({ beta1, beta2, eps, weight_decay, grad_clip_norm }: t.TypeOf<typeof adamParams>) => ({
  beta1: beta1 ?? 0.9,
  beta2: beta2 ?? 0.95,
  epsilon: eps ?? 1e-12,
  weightDecay: weight_decay ?? 0,
  clip: grad_clip_norm ?? 0,
})

const step: Verb = async (world, asked) =>
  F.pipe(
    bodyOf(optimStep)(asked),
    E.bindTo('body'),
    E.bind('model', ({ body }) => modelOf(world, body.model_id)),
    E.flatMap(({ body: { seq_id, adam_params }, model }) => {
      model.used = true
      return E.map(accepted(model))(
        model.requests.take(seq_id, asked.body, async () => {
          model.version++
          model.open.settle(settingsOf(adam_params))
          const done = await model.open.engine.optimStep(adam_params.learning_rate ?? 1e-4)()
          return E.isLeft(done)
            ? { kind: 'failed', error: refusalOf(done.left).detail, category: 'user' }
            : { kind: 'finished', json: { metrics: { grad_norm: done.right.gradientNorm }, type: 'optim_step' } }
        }),
      )
    }),
  )

/** Verbs that compute gradients and apply them. */
export const trainVerbs: Readonly<Record<string, Verb>> = {
  forward_backward: forwardBackward,
  forward: forwardBackward,
  optim_step: step,
}
