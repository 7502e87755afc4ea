import { basename, dirname, resolve } from 'node:path'
import { either as E, function as F, taskEither as TE } from 'fp-ts'
import type { Fault } from '../../flow/index.ts'
import type { Mistake } from './codec/mistake.ts'
import type { Place } from './compile/place.ts'
import { type Compiled, type CompileFault, compile, nameOf } from './compile/recipe.ts'
import { checkDisk } from './disk/check.ts'
import type { Surveyed } from './disk/survey.ts'
import { type ConfigFault, configFault, isFault } from './fault.ts'
import { configText, type ReadConfig, readConfigText } from './read.ts'
import { brokenRules } from './rules/all.ts'
import type { RunSettings } from './settings/run-settings.ts'
import type { Override } from './text/overrides.ts'

/** A configuration that is right, as far as that can be seen before anything is loaded. */
export interface LoadedConfig {
  readonly settings: RunSettings
  readonly file: string
  readonly name: string
  readonly place: Place
  /** Where its run goes when the command line does not say. */
  readonly directory: string
  /** What its files of records hold. */
  readonly records: readonly Surveyed[]
  readonly tell: ReadConfig['tell']
}

const told = (tell: ReadConfig['tell'], mistakes: readonly Mistake[]): E.Either<ConfigFault, void> => {
  const [first, ...rest] = [...new Set(mistakes.map(tell))]
  return first === undefined ? E.right(undefined) : E.left(configFault([first, ...rest]))
}

/**
 * Reads a configuration's file with what the command line gives in place of its settings, and looks at all that it names. Nothing is
 * written, sent or run. Left: `NoConfig`; `BadConfig` with every mistake of a kind: of its text first, then between settings and on disk.
 */
export const loadConfig = (
  path: string,
  { cwd, overrides = [] }: { readonly cwd: string; readonly overrides?: readonly Override[] },
): TE.TaskEither<Fault | ConfigFault, LoadedConfig> => {
  const full = resolve(cwd, path)
  const place: Place = { folder: dirname(full) }
  return F.pipe(
    configText(full),
    TE.flatMapEither(
      (text): E.Either<Fault | ConfigFault, ReadConfig> =>
        E.mapLeft(configFault)(readConfigText(path, text, overrides)),
    ),
    TE.flatMap(({ settings, tell }) => async () => {
      const broken = brokenRules(settings)
      const { mistakes, records } = await checkDisk(place, settings)
      const name = nameOf(settings, basename(path))
      const directory = settings.out === undefined ? resolve(cwd, 'runs', name) : resolve(place.folder, settings.out)
      return E.map((): LoadedConfig => ({ settings, file: path, name, place, directory, records, tell }))(
        told(tell, [...broken, ...mistakes]),
      )
    }),
  )
}

/** The recipe of a configuration, whose run goes to `directory`. Left: mistakes that only show when files are opened; `NoKey`, `NoDecoder`. */
export const recipeOfConfig = (
  { settings, place, file, tell }: LoadedConfig,
  { directory, env }: { readonly directory: string; readonly env?: Readonly<Record<string, string | undefined>> },
): TE.TaskEither<Fault | ConfigFault, Compiled> =>
  TE.mapLeft((wrong: CompileFault): Fault | ConfigFault => {
    if (isFault(wrong)) return wrong
    const [first = 'the configuration is wrong', ...rest] = wrong.map(tell)
    return configFault([first, ...rest])
  })(compile(settings, { place, directory, file, ...(env === undefined ? {} : { env }) }))
