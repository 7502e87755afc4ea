import { pathToFileURL } from 'node:url'
import { either as E, type taskEither as TE } from 'fp-ts'
import { messageOf } from '../../../flow/index.ts'
import { brief } from '../../../untrusted/index.ts'
import type { Mistake } from '../codec/mistake.ts'
import { nearest } from '../codec/nearest.ts'
import type { OwnFunctionSetting } from '../settings/rewards.ts'
import { type Place, pathAt } from './place.ts'

type Callable = (...given: readonly unknown[]) => unknown

const isCallable = (value: unknown): value is Callable => typeof value === 'function'

const isModule = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null

/**
 * A function that a file of the user's exports. The file is run: who starts a configuration trusts it. Left: what is wrong, told of the
 * setting at `path`.
 */
export const ownFunction = (
  place: Place,
  path: readonly string[],
  { module, export: name = 'default' }: OwnFunctionSetting,
): TE.TaskEither<readonly Mistake[], Callable> => {
  const wrong = (at: readonly string[], says: string): E.Either<readonly Mistake[], never> =>
    E.left([{ path: at, says }])
  return async () => {
    try {
      const loaded: unknown = await import(pathToFileURL(pathAt(place, module)).href)
      const exported = isModule(loaded) ? loaded : {}
      const found = Object.hasOwn(exported, name) ? exported[name] : undefined
      if (isCallable(found)) return E.right(found)
      const functions = Object.keys(exported).filter(one => isCallable(exported[one]))
      return wrong(
        [...path, name === 'default' ? 'module' : 'export'],
        found === undefined
          ? `${module} exports no ${name}. ${nearest(name, functions)}`
          : `${module} exports ${name} as ${brief(found, 40)}, and it must be a function`,
      )
    } catch (error) {
      return wrong([...path, 'module'], `is "${module}", which cannot be run: ${messageOf(error)}`)
    }
  }
}
