import { function as F, taskEither as TE } from 'fp-ts'
import { type Fault, fault } from '../../flow/index.ts'
import type { StageWork } from '../../transport/index.ts'
import { liftedChains, workerStages } from '../lifted-chains.ts'
import { runNameOf, versionOf } from './compile/workers.ts'
import type { ConfigFault } from './fault.ts'
import { type LoadedConfig, recipeOfConfig } from './load.ts'

/** What a worker does for a configuration's run, and what that is called. */
export interface ConfigWork {
  readonly run: string
  readonly stages: readonly StageWork[]
}

/** Which stages, and where the answers of teachers are kept. */
export interface WorkOptions {
  readonly stages: readonly (typeof workerStages)[number][]
  readonly directory: string
  readonly env?: Readonly<Record<string, string | undefined>>
}

const nothingToDo = fault(
  'Usage',
  'the configuration has no annotation',
  'Workers do the data phase: name a configuration that has one.',
)

/**
 * The stages of a configuration's data phase for `serve` of `kinograd/transport`: what `kinograd worker` does. Left: as of
 * `recipeOfConfig`; `Usage`, where the configuration has no `annotation`; `NoKey`, `NoModel` of its teachers.
 */
export const workOfConfig = (
  config: LoadedConfig,
  { stages, ...how }: WorkOptions,
): TE.TaskEither<Fault | ConfigFault, ConfigWork> =>
  F.pipe(
    recipeOfConfig(config, how),
    TE.bindTo('compiled'),
    TE.bindW('data', ({ compiled: { recipe } }) => TE.fromNullable<Fault>(nothingToDo)(recipe.data)),
    TE.bindW('teachers', ({ data }) => data.teachers),
    TE.map(({ compiled: { recipe }, data, teachers }) => {
      const all = liftedChains({ recipe, data, teachers }, versionOf(config.settings))
      const wanted = workerStages.filter(one => stages.includes(one))
      return { run: runNameOf(config.name, config.settings), stages: wanted.map(one => all[one]) }
    }),
  )
