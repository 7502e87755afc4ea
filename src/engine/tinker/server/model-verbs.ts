import { randomUUID } from 'node:crypto'
import { either as E, function as F, taskEither as TE } from 'fp-ts'
import { createModel, loadWeights, ofModel, saveForSampler, saveWeights } from '../wire/requests.ts'
import { type Refusal, refuse } from './refusal.ts'
import { addSampler } from './samplers.ts'
import { sequence } from './sequence.ts'
import { accepted } from './train-verbs.ts'
import { bodyOf, modelOf, outcomeOf, refusalOf, sessionOf, type Verb } from './verb.ts'

const create: Verb = async (world, asked) =>
  F.pipe(
    bodyOf(createModel)(asked),
    E.bindTo('body'),
    E.bind('session', ({ body }) => sessionOf(world, body.session_id)),
    E.flatMap(({ body: { model_seq_id, base_model, lora_config: lora, optimizer_config }, session }) => {
      const { policy, models, limits, futures } = world
      if (base_model !== policy.name)
        return refuse(404, `there is no model ${base_model}, this server has ${policy.name}`)
      if ((optimizer_config?.type ?? 'adamw') !== 'adamw')
        return refuse(400, `optimizer ${optimizer_config?.type} is not offered, adamw is`)
      const shape = { rank: lora?.rank ?? 0, alpha: lora?.alpha ?? undefined, seed: lora?.seed ?? 0 }
      return E.map(({ id }: { readonly id: string }) => ({ json: { request_id: id } }))(
        session.creations.take(model_seq_id, asked.body, () =>
          outcomeOf(
            F.pipe(
              models.size >= limits.models
                ? TE.fromEither(refuse(429, `${models.size} models are open, that is the most`))
                : TE.mapLeft(refusalOf)(policy.open(shape)),
              TE.map(open => {
                const id = randomUUID()
                const requests = sequence(futures, 1)
                models.set(id, { ...{ id, session: session.id, shape, open, requests }, version: 0, used: false })
                return { kind: 'finished', json: { model_id: id, type: 'create_model' } } as const
              }),
            ),
          ),
        ),
      )
    }),
  )

const unload: Verb = async (world, asked) =>
  F.pipe(
    bodyOf(ofModel)(asked),
    E.flatMap(({ model_id }) => modelOf(world, model_id)),
    E.flatMap(model => {
      model.requests.close()
      model.open.engine.dispose()
      world.models.delete(model.id)
      return world.futures.accept(async () => ({
        kind: 'finished',
        json: { model_id: model.id, type: 'unload_model' },
      }))
    }),
    E.map(({ id }) => ({ json: { request_id: id } })),
  )

const save: Verb = async (world, asked) =>
  F.pipe(
    bodyOf(saveWeights)(asked),
    E.bindTo('body'),
    E.bind('model', ({ body }) => modelOf(world, body.model_id)),
    E.flatMap(({ body: { seq_id, path }, model }) => {
      model.used = true
      const place = { model: model.id, kind: 'weights', name: path } as const
      return E.map(accepted(model))(
        model.requests.take(seq_id, asked.body, () =>
          outcomeOf(
            TE.map((saved: string) => ({ kind: 'finished', json: { path: saved, type: 'save_weights' } }) as const)(
              world.store.save(model.open.engine, model.shape, place),
            ),
          ),
        ),
      )
    }),
  )

const load: Verb = async (world, asked) =>
  F.pipe(
    bodyOf(loadWeights)(asked),
    E.bindTo('body'),
    E.bind('model', ({ body }) => modelOf(world, body.model_id)),
    E.flatMap(({ body: { seq_id, path, optimizer = false }, model }) =>
      E.map(accepted(model))(
        model.requests.take(seq_id, asked.body, () =>
          outcomeOf(
            F.pipe(
              model.used
                ? TE.fromEither(refuse(400, 'load_weights must be the first request of a model'))
                : world.store.find(path),
              TE.filterOrElse(
                ({ shape }) => shape.rank === model.shape.rank,
                ({ shape }): Refusal => ({
                  status: 400,
                  detail: `${path} is of rank ${shape.rank}, the model is of rank ${model.shape.rank}`,
                }),
              ),
              TE.flatMap(({ folder }) =>
                TE.mapLeft(refusalOf)(model.open.engine.load(folder, { weightsOnly: !optimizer })),
              ),
              TE.map(() => {
                model.used = true
                return { kind: 'finished', json: { path, type: 'load_weights' } } as const
              }),
            ),
          ),
        ),
      ),
    ),
  )

const saveSampler: Verb = async (world, asked) =>
  F.pipe(
    bodyOf(saveForSampler)(asked),
    E.bindTo('body'),
    E.bind('model', ({ body }) => modelOf(world, body.model_id)),
    E.flatMap(({ body: { seq_id, path, kind }, model }) => {
      model.used = true
      if (kind === 'inflight')
        return refuse(400, 'kind "inflight" is not offered: its samples do not say which weights made them')
      const work =
        path === undefined || path === null
          ? TE.fromIO(() => ({
              path: null,
              sampling_session_id: addSampler(world, {
                session: model.session,
                path: null,
                source: { kind: 'model', model, version: model.version },
              }),
            }))
          : TE.map((saved: string) => ({ path: saved, sampling_session_id: null }))(
              world.store.save(model.open.engine, model.shape, {
                model: model.id,
                kind: 'sampler_weights',
                name: path,
              }),
            )
      return E.map(accepted(model))(
        model.requests.take(seq_id, asked.body, () =>
          outcomeOf(
            TE.map(
              (saved: object) => ({ kind: 'finished', json: { ...saved, type: 'save_weights_for_sampler' } }) as const,
            )(work),
          ),
        ),
      )
    }),
  )

/** Verbs that make, free, save and load models. */
export const modelVerbs: Readonly<Record<string, Verb>> = {
  create_model: create,
  unload_model: unload,
  save_weights: save,
  load_weights: load,
  save_weights_for_sampler: saveSampler,
}
