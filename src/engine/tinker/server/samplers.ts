import { randomUUID } from 'node:crypto'
import { either as E, function as F, taskEither as TE } from 'fp-ts'
import type { Engine } from '../../engine.ts'
import { type Refusal, refuse } from './refusal.ts'
import { refusalOf } from './verb.ts'
import type { Sampler, World } from './world.ts'

/** Samplers of one model that are kept: older ones are of weights that are gone. */
const keptOfModel = 4

/** Adds a sampler; gives its name. */
export const addSampler = (world: World, parts: Omit<Sampler, 'id' | 'requests'>): string => {
  const { source } = parts
  if (source.kind === 'model') {
    const same = [...world.samplers.values()].filter(
      one => one.source.kind === 'model' && one.source.model === source.model,
    )
    for (const { id } of same.slice(0, Math.max(0, same.length - keptOfModel + 1))) {
      world.samplers.delete(id)
      world.futures.forget(id)
    }
  }
  const id = `sampling_${randomUUID()}`
  world.samplers.set(id, { ...parts, id, requests: new Map() })
  return id
}

const opened = (world: World, path: string | undefined): TE.TaskEither<Refusal, Engine> => {
  if (path === undefined)
    return F.pipe(
      world.policy.open({ rank: 0, seed: 0 }),
      TE.bimap(refusalOf, ({ engine }) => engine),
    )
  return F.pipe(
    world.store.find(path),
    TE.flatMap(({ folder, shape }) =>
      F.pipe(
        world.policy.open(shape),
        TE.mapLeft(refusalOf),
        TE.flatMap(({ engine }) =>
          F.pipe(
            engine.load(folder, { weightsOnly: true }),
            TE.bimap(
              why => {
                engine.dispose()
                return refusalOf(why)
              },
              () => engine,
            ),
          ),
        ),
      ),
    ),
  )
}

/** Engines of saved weights that are open at once. */
const mostFrozen = 4

/** The engine of saved weights, or of the base model; opened once, the oldest freed where there are too many. */
export const frozenEngine =
  (world: World, path: string | undefined): TE.TaskEither<Refusal, Engine> =>
  async () => {
    const key = path ?? ''
    const before = await world.frozen.get(key)
    if (before !== undefined) return E.right(before)
    for (const [oldest, engine] of world.frozen) {
      if (world.frozen.size < mostFrozen) break
      world.frozen.delete(oldest)
      void engine.then(one => one?.dispose())
    }
    const opening = opened(world, path)()
    world.frozen.set(
      key,
      opening.then(done => (E.isRight(done) ? done.right : undefined)),
    )
    const done = await opening
    if (E.isLeft(done)) world.frozen.delete(key)
    return done
  }

/** The engine that a sampler samples from. Left: the model has moved on, and what the sampler was made of is gone. */
export const engineOf = ({ source, id }: Sampler): TE.TaskEither<Refusal, Engine> => {
  if (source.kind === 'saved') return source.engine
  const { model, version } = source
  return TE.fromEither(
    model.version === version
      ? E.right(model.open.engine)
      : refuse(
          400,
          `sampling session ${id} is of step ${version} of its model, which is at step ${model.version}: make a new one, or save by a name what is to be sampled later`,
        ),
  )
}
