import { function as F, taskEither as TE } from 'fp-ts'
import * as t from 'io-ts'
import { type Fault, fault } from '../../flow/index.ts'
import type { AnyRecipe } from '../job.ts'
import { loadConfig, recipeOfConfig } from './load.ts'

const argumentOf = t.type({
  file: t.string,
  cwd: t.string,
  directory: t.string,
  overrides: t.readonlyArray(t.type({ path: t.readonlyArray(t.string), value: t.unknown, text: t.string })),
})

const unread = fault(
  'BadRecipe',
  'that is not how a configuration is read',
  'This is a fault of kinograd; please report it.',
)

/** The recipe of a configuration, made once more in another process: what `source` of a configuration's recipe names. */
export const recipe = (argument: unknown): TE.TaskEither<Fault, AnyRecipe> =>
  F.pipe(
    TE.fromEither(argumentOf.decode(argument)),
    TE.mapLeft((): Fault => unread),
    TE.flatMap(({ file, cwd, directory, overrides }) =>
      F.pipe(
        loadConfig(file, { cwd, overrides }),
        TE.flatMap(config => recipeOfConfig(config, { directory, env: process.env })),
      ),
    ),
    TE.map(compiled => compiled.recipe),
  )
