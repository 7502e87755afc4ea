import { dirname } from 'node:path'
import { function as F, taskEither as TE } from 'fp-ts'
import type { Fault } from '../../../flow/index.ts'
import { fault } from '../../../flow/index.ts'
import type { ModuleParts, ModuleRequest } from '../../module.ts'
import type { Mistake } from '../codec/mistake.ts'
import type { RunSettings } from '../settings/run-settings.ts'
import { ownFunction } from './own-function.ts'
import type { Place } from './place.ts'

const none: ModuleParts = {}

const isParts = (value: unknown): value is ModuleParts => typeof value === 'object' && value !== null

/** What a module's function gives, once it is called: a task of parts, as `RecipeModule` says. */
const partsOf = (name: string, called: unknown): TE.TaskEither<readonly Mistake[] | Fault, ModuleParts> => {
  const wrong = (): readonly Mistake[] => [
    {
      path: ['module'],
      says: `${name} does not give a task of the parts of a recipe (RecipeModule of kinograd/recipe)`,
    },
  ]
  if (typeof called !== 'function') return TE.left(wrong())
  return async () => {
    const given: unknown = await called()
    if (isParts(given) && '_tag' in given && given._tag === 'Right' && 'right' in given && isParts(given.right))
      return { _tag: 'Right', right: given.right }
    if (isParts(given) && '_tag' in given && given._tag === 'Left' && 'left' in given && isFault(given.left))
      return { _tag: 'Left', left: given.left }
    return { _tag: 'Left', left: wrong() }
  }
}

const isFault = (value: unknown): value is Fault =>
  typeof value === 'object' && value !== null && '_tag' in value && 'cause' in value && 'remedy' in value

/** The parts that the module of a configuration makes; none where it names no module. The file is run. */
export const moduleParts = (
  place: Place,
  given: RunSettings['module'],
  { directory, seed }: Pick<ModuleRequest, 'directory' | 'seed'>,
): TE.TaskEither<readonly Mistake[] | Fault, ModuleParts> => {
  if (given === undefined) return TE.right(none)
  const { file, settings } = typeof given === 'string' ? { file: given, settings: {} } : { settings: {}, ...given }
  const request: ModuleRequest = { directory, seed, settings, folder: place.folder }
  return F.pipe(
    ownFunction(place, ['module'], { module: file }),
    TE.mapLeft((mistakes): readonly Mistake[] | Fault => mistakes.map(({ says }) => ({ path: ['module'], says }))),
    TE.flatMap(make =>
      F.pipe(
        TE.tryCatch(
          async () => make(request),
          (error): readonly Mistake[] | Fault =>
            fault('Thrown', `module ${file} threw ${String(error)}`, `Mend ${dirname(file)}, or leave module away.`),
        ),
        TE.flatMap(called => partsOf(file, called)),
      ),
    ),
  )
}
