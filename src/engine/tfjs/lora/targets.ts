import { either as E } from 'fp-ts'
import { fault } from '../../../flow/index.ts'
import { brief } from '../../../untrusted/index.ts'
import type { EngineFault } from '../../engine.ts'
import { inTime } from '../../text/in-time.ts'
import type { Qwen25VLConfig } from '../model/config.ts'
import { parameterShapes } from '../model/shapes.ts'
import { nameIn } from '../model/weight-names.ts'

/**
 * Names of modules as PEFT takes them: a list of names or of their ends (`q_proj`), a Python regular expression that fits the whole
 * name, or `all-linear`: everything but the head and the patch embedding.
 */
export type Modules = string | readonly string[]

/** Which modules an adapter changes. */
export interface Targets {
  /** target_modules */
  readonly targets: Modules
  /** exclude_modules: not these, though they are targets. */
  readonly excludes?: Modules
}

/** What a low-rank adapter is besides its numbers; the names are PEFT's. */
export interface AdapterShape extends Targets {
  /** r */
  readonly rank: number
  /** lora_alpha */
  readonly alpha: number
  /** use_rslora: the scale is alpha / √rank instead of alpha / rank. */
  readonly rslora?: boolean
}

export const badAdapter = (
  cause: string,
  remedy = 'Give an adapter that PEFT made for this model, without what this engine does not compute.',
): EngineFault => fault('BadAdapter', cause, remedy)

/** Which of the names a pattern fits. It came with the adapter and may be one that never ends, so it has half a second. */
const fitting = (source: string, names: readonly string[]): E.Either<EngineFault, ReadonlySet<string>> =>
  E.mapLeft((why: string) => badAdapter(`target_modules ${brief(source)}: ${why}`))(
    inTime(500, () => {
      const pattern = new RegExp(`^(?:${source})$`, 'u')
      return new Set(names.filter(name => pattern.test(name)))
    }),
  )

type Among = (name: string) => boolean

const endsIn =
  (end: string): Among =>
  name =>
    name === end || name.endsWith(`.${end}`)

/** PEFT's check_target_module_exists, for modules of these names. */
const amongModules = (modules: Modules, names: readonly string[]): E.Either<EngineFault, Among> => {
  if (typeof modules === 'string')
    return E.map(
      (found: ReadonlySet<string>): Among =>
        name =>
          found.has(name),
    )(fitting(modules, names))
  const ends = [...new Set(modules)]
  return E.right(name => ends.some(end => endsIn(end)(name)))
}

type Module = readonly [name: string, shape: readonly number[]]

/** Modules of the model that have a matrix or a kernel, by their names on the hub. */
const modulesOf = (config: Qwen25VLConfig): readonly Module[] =>
  [...parameterShapes(config)]
    .filter(([, shape]) => shape.length > 1)
    .map(([name, shape]) => [name.replace(/\.weight$/, ''), shape])

const isTable = (name: string): boolean => name === 'model.embed_tokens' || name === 'lm_head'

const unknown = (what: string, modules: readonly Module[]): EngineFault => {
  const ends = new Set(modules.flatMap(([name]) => name.match(/[a-z_]+$/) ?? []))
  return badAdapter(
    `target_modules: ${what} is none of the model's ${modules.length} modules`,
    `Name some of ${[...ends].join(', ')}, or "all-linear".`,
  )
}

/** The targets among the modules, by their names since transformers 4.52; if none is, by those from before. */
const chosen = (
  config: Qwen25VLConfig,
  { targets, excludes = [] }: Targets,
): E.Either<EngineFault, readonly Module[]> => {
  const modules = modulesOf(config)
  const names = modules.flatMap(([name]) => [name, nameIn('modules', name)])
  const known = (end: string) => modules.some(([name]) => endsIn(end)(nameIn('modules', name)) || endsIn(end)(name))
  const stranger = typeof targets === 'string' ? undefined : targets.find(end => !known(end))
  if (stranger !== undefined) return E.left(unknown(brief(stranger), modules))
  const linear = modules.filter(([name, shape]) => shape.length === 2 && !isTable(name))
  const [pool, included] =
    targets === 'all-linear' ? [linear, E.right(() => true)] : [modules, amongModules(targets, names)]
  if (E.isLeft(included)) return included
  const excluded = amongModules(excludes, names)
  if (E.isLeft(excluded)) return excluded
  const by = (nameOf: (hub: string) => string) =>
    pool.filter(([name]) => included.right(nameOf(name)) && !excluded.right(nameOf(name)))
  const found = [by(name => nameIn('modules', name)), by(hub => hub)].find(some => some.length > 0)
  return found === undefined ? E.left(unknown(brief(targets), modules)) : E.right(found)
}

/**
 * Name and shape of every matrix of an adapter, in the order of the weights that they change. `Left('BadAdapter')`: a target that the
 * model has not or that this engine does not adapt, a rank or alpha that is none.
 */
export const matrixShapes = (
  config: Qwen25VLConfig,
  { rank, alpha, ...targets }: Targets & { readonly rank: number; readonly alpha: number },
): E.Either<EngineFault, ReadonlyMap<string, readonly number[]>> => {
  if (!Number.isInteger(rank) || rank < 1) return E.left(badAdapter(`the rank is ${rank}, not a whole number above 0`))
  if (!Number.isFinite(alpha)) return E.left(badAdapter(`alpha is ${alpha}, not a number`))
  const modules = chosen(config, targets)
  if (E.isLeft(modules)) return modules
  const table = modules.right.find(([name]) => isTable(name))
  if (table !== undefined)
    return E.left(
      badAdapter(
        `${table[0]} is a target; this engine adapts attention, MLP and vision`,
        'Leave it out of the targets.',
      ),
    )
  return E.right(
    new Map(
      modules.right.flatMap(([module, [out, ...rest]]) => [
        [`${module}.lora_A.weight`, [rank, ...rest]] as const,
        [`${module}.lora_B.weight`, [out as number, rank, ...rest.slice(1).map(() => 1)]] as const,
      ]),
    ),
  )
}
