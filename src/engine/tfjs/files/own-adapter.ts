import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { either as E, taskEither as TE } from 'fp-ts'
import type { EngineFault } from '../../engine.ts'
import { type Adapter, adapterScales } from '../lora/adapter.ts'
import { badAdapter } from '../lora/bad-adapter.ts'
import type { Qwen25VLConfig } from '../model/config.ts'
import { adapterConfigFile, readStoredAdapter, type StoredAdapter } from './peft-files.ts'

/** Whether an adapter from a folder is another version of the engine's own: the same matrices, the same scale. */
const sameAdapter = (read: StoredAdapter, own: Adapter): E.Either<EngineFault, StoredAdapter> => {
  const wrong = (cause: string) =>
    E.left(
      badAdapter(cause, "Load an adapter of the shape that the engine's own has, or make the engine with this one."),
    )
  if (read.rank !== own.rank) return wrong(`the adapter has rank ${read.rank}, the engine's has ${own.rank}`)
  const other =
    [...own.matrices.keys()].find(name => !read.stored.has(name)) ??
    [...read.stored.keys()].find(name => !own.matrices.has(name))
  if (other !== undefined)
    return wrong(
      `only one of the adapter and the engine's has ${other} (${read.stored.size} against ${own.matrices.size})`,
    )
  for (const [name, { shape }] of own.matrices)
    if (read.stored.get(name)?.shape.join() !== shape.join())
      return wrong(`${name} has shape [${read.stored.get(name)?.shape}], the engine's has [${shape}]`)
  const [scales, ours] = [adapterScales({ ...read, matrices: own.matrices }), adapterScales(own)]
  const module = [...ours.keys()].find(one => scales.get(one) !== ours.get(one))
  return module === undefined
    ? E.right(read)
    : wrong(`the adapter has scale ${scales.get(module)} at ${module}, the engine's has ${ours.get(module)}`)
}

/** The adapter of a folder, where it has one, as another version of the engine's own. */
export const readOwnAdapter = (
  directory: string,
  config: Qwen25VLConfig,
  own: Adapter | undefined,
): TE.TaskEither<EngineFault, StoredAdapter | undefined> => {
  if (!existsSync(join(directory, adapterConfigFile))) return TE.right(undefined)
  if (own === undefined)
    return TE.left(badAdapter(`${directory} holds an adapter, the engine has none`, 'Make the engine with an adapter.'))
  return TE.flatMapEither((read: StoredAdapter) => sameAdapter(read, own))(readStoredAdapter(directory, config))
}
