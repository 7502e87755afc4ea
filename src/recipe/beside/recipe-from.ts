import { either as E, function as F, taskEither as TE } from 'fp-ts'
import { type Fault, fault, messageOf } from '../../flow/index.ts'
import type { AnyRecipe } from '../job.ts'
import type { RecipeSource } from '../source.ts'

type Make = (argument: unknown) => TE.TaskEither<Fault, AnyRecipe>

const hasRecipe = (module: unknown): module is { readonly recipe: Make } =>
  typeof module === 'object' && module !== null && 'recipe' in module && typeof module.recipe === 'function'

const remedy = 'Set `atOnce` of reinforcement to 1, or mend the module.'

/** The recipe of a source. Left: `BadRecipe` where the module cannot be loaded or exports no `recipe`; what that gives. */
export const recipeFrom = ({ module, argument }: RecipeSource): TE.TaskEither<Fault, AnyRecipe> =>
  F.pipe(
    TE.tryCatch(
      () => import(module) as Promise<unknown>,
      error => fault('BadRecipe', `${module} cannot be loaded: ${messageOf(error)}`, remedy),
    ),
    TE.flatMapEither(loaded =>
      hasRecipe(loaded)
        ? E.right(loaded.recipe)
        : E.left(fault('BadRecipe', `${module} exports no function \`recipe\``, remedy)),
    ),
    TE.flatMap(make => make(argument)),
  )
