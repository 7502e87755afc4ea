import { basename, dirname, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { either as E, function as F, taskEither as TE } from 'fp-ts'
import type { Fault } from '../../flow/index.ts'
import { compiledFile } from '../beside/compiled.ts'
import type { RecipeSource } from '../source.ts'
import type { Mistake } from './codec/mistake.ts'
import type { Place } from './compile/place.ts'
import { type Compiled, type CompileFault, compile, nameOf } from './compile/recipe.ts'
import { checkDisk, type OnDisk } from './disk/check.ts'
import type { Surveyed } from './disk/survey.ts'
import { type ConfigFault, configFault, isFault } from './fault.ts'
import { configText, inOrder, type ReadConfig, readPartly } from './read.ts'
import { brokenRulesBeside } from './rules/all.ts'
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
  /** What it was read with: another process reads it so too. */
  readonly given: { readonly cwd: string; readonly overrides: readonly Override[] }
}

/**
 * Reads a configuration's file with what the command line gives in place of its settings, and looks at all that it names. Nothing is
 * written, sent or run. Left: `NoConfig`; `BadConfig` with every mistake: of single settings, between them, and of what they name on disk.
 */
export const loadConfig = (
  path: string,
  { cwd, overrides = [] }: { readonly cwd: string; readonly overrides?: readonly Override[] },
): TE.TaskEither<Fault | ConfigFault, LoadedConfig> => {
  const full = resolve(cwd, path)
  const place: Place = { folder: dirname(full) }
  return F.pipe(
    configText(full),
    TE.flatMap(text => async (): Promise<E.Either<Fault | ConfigFault, LoadedConfig>> => {
      const { settings, mistakes, told, wrong } = readPartly(path, text, overrides)
      const broken = settings === undefined ? [] : brokenRulesBeside(settings, wrong)
      const disk = settings === undefined ? nothingThere : await checkDisk(place, settings)
      const all = inOrder([...mistakes, ...[...broken, ...disk.mistakes].map(told)])
      if (all !== undefined || settings === undefined) return E.left(configFault(all ?? ['is no configuration']))
      const name = nameOf(settings, basename(path))
      const directory = settings.out === undefined ? resolve(cwd, 'runs', name) : resolve(place.folder, settings.out)
      const tell = (mistake: Mistake): string => told(mistake).says
      return E.right({
        ...{ settings, file: path, name, place, directory, records: disk.records, tell },
        given: { cwd, overrides },
      })
    }),
  )
}

const nothingThere: OnDisk = { mistakes: [], records: [] }

/** How another process makes the recipe of a configuration: `config/source` reads it once more. */
const sourceOf = (
  argument: LoadedConfig['given'] & { readonly file: string; readonly directory: string },
): RecipeSource => ({
  module: pathToFileURL(compiledFile(import.meta.url, './source.js')).href,
  argument,
})

/** The recipe of a configuration, whose run goes to `directory`. Left: mistakes that only show when files are opened; `NoKey`, `NoDecoder`. */
export const recipeOfConfig = (
  { settings, place, file, tell, given }: LoadedConfig,
  { directory, env }: { readonly directory: string; readonly env?: Readonly<Record<string, string | undefined>> },
): TE.TaskEither<Fault | ConfigFault, Compiled> =>
  F.pipe(
    compile(settings, { place, directory, file, ...(env === undefined ? {} : { env }) }),
    TE.bimap(
      (wrong: CompileFault): Fault | ConfigFault => {
        if (isFault(wrong)) return wrong
        const [first = 'the configuration is wrong', ...rest] = wrong.map(tell)
        return configFault([first, ...rest])
      },
      compiled => ({ ...compiled, recipe: { ...compiled.recipe, source: sourceOf({ ...given, file, directory }) } }),
    ),
  )
