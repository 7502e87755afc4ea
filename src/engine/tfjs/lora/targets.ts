import { either as E, function as F } from 'fp-ts'
import { brief } from '../../../untrusted/index.ts'
import type { EngineFault } from '../../engine.ts'
import type { Qwen25VLConfig } from '../model/config.ts'
import { parameterShapes } from '../model/shapes.ts'
import { nameIn } from '../model/weight-names.ts'
import { badAdapter } from './bad-adapter.ts'
import { byPattern, fitting, numbersIn } from './patterns.ts'
import type { AdapterShape, Modules, Targets } from './shape.ts'

type Among = (name: string) => boolean

const endsIn =
  (end: string): Among =>
  name =>
    name === end || name.endsWith(`.${end}`)

/** PEFT's check_target_module_exists, for modules of these names. */
const amongModules = (field: string, modules: Modules, names: readonly string[]): E.Either<EngineFault, Among> => {
  if (typeof modules === 'string')
    return E.map(
      (found: ReadonlySet<string>): Among =>
        name =>
          found.has(name),
    )(fitting(field, modules, names))
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

/** PEFT's layers_to_transform: the number behind the first list of layers in a name, whose own name may have to fit a pattern. */
const inLayers = ({ layers, layersPattern = [] }: Targets, names: readonly string[]): E.Either<EngineFault, Among> => {
  if (layers === undefined) return E.right(() => true)
  const lists =
    layersPattern.length === 0 ? [String.raw`.*?\.[^.]*`] : layersPattern.map(list => `(?:.*?\\.)?(?:${list})`)
  const wanted = new Set(layers)
  return E.map((found: readonly ReadonlyMap<string, number>[]): Among => {
    return name => wanted.has(found.find(numbers => numbers.has(name))?.get(name) ?? Number.NaN)
  })(
    E.traverseArray((list: string) => numbersIn('layers_pattern', String.raw`${list}\.(?P<number>\d+)\..*`, names))(
      lists,
    ),
  )
}

/** The targets among the modules, by their names since transformers 4.52; if none is, by those from before. */
const chosen = (config: Qwen25VLConfig, wanted: Targets): E.Either<EngineFault, readonly Module[]> => {
  const { targets, excludes = [], layers } = wanted
  const modules = modulesOf(config)
  const names = modules.flatMap(([name]) => [name, nameIn('modules', name)])
  const known = (end: string) => modules.some(([name]) => endsIn(end)(nameIn('modules', name)) || endsIn(end)(name))
  const stranger = typeof targets === 'string' ? undefined : targets.find(end => !known(end))
  if (stranger !== undefined) return E.left(unknown(brief(stranger), modules))
  if (layers !== undefined && typeof targets === 'string')
    return E.left(
      badAdapter(
        `layers_to_transform is [${layers}] beside the pattern ${brief(targets)} for target_modules`,
        'Name the targets in a list, as PEFT demands too, or the layers in the pattern.',
      ),
    )
  const pool =
    targets === 'all-linear' ? modules.filter(([name, shape]) => shape.length === 2 && !isTable(name)) : modules
  return F.pipe(
    E.Do,
    E.bind('included', () =>
      targets === 'all-linear'
        ? E.right<EngineFault, Among>(() => true)
        : amongModules('target_modules', targets, names),
    ),
    E.bind('excluded', () => amongModules('exclude_modules', excludes, names)),
    E.bind('layered', () => inLayers(wanted, names)),
    E.flatMap(({ included, excluded, layered }) => {
      const by = (nameOf: (hub: string) => string) =>
        pool.filter(([hub]) => {
          const name = nameOf(hub)
          return included(name) && layered(name) && !excluded(name)
        })
      const found = [by(name => nameIn('modules', name)), by(hub => hub)].find(some => some.length > 0)
      return found === undefined ? E.left(unknown(brief(targets), modules)) : E.right(found)
    }),
  )
}

/** What cannot be the rank or the alpha of a module. */
const wrongNumbers = ({
  rank,
  alpha,
  dropout = 0,
  rankPattern = {},
  alphaPattern = {},
}: AdapterShape): string | undefined => {
  const rankOf = (value: number, what: string) =>
    Number.isInteger(value) && value >= 1 ? undefined : `${what} is ${value}, not a whole number above 0`
  const alphaOf = (value: number, what: string) =>
    Number.isFinite(value) ? undefined : `${what} is ${value}, not a number`
  return [
    rankOf(rank, 'the rank'),
    alphaOf(alpha, 'alpha'),
    ...Object.entries(rankPattern).map(([pattern, value]) => rankOf(value, `rank_pattern of ${brief(pattern)}`)),
    ...Object.entries(alphaPattern).map(([pattern, value]) => alphaOf(value, `alpha_pattern of ${brief(pattern)}`)),
    dropout >= 0 && dropout < 1 ? undefined : `lora_dropout is ${dropout}, not a share below 1`,
  ].find(wrong => wrong !== undefined)
}

/**
 * Name and shape of every matrix of an adapter, in the order of the weights that they change. `Left('BadAdapter')`: a target that the
 * model has not or that this engine does not adapt, a rank or alpha that is none, a pattern that is not read.
 */
export const matrixShapes = (
  config: Qwen25VLConfig,
  shape: AdapterShape,
): E.Either<EngineFault, ReadonlyMap<string, readonly number[]>> => {
  const { rank, rankPattern = {}, alphaPattern = {} } = shape
  const wrong = wrongNumbers(shape)
  if (wrong !== undefined) return E.left(badAdapter(wrong))
  return F.pipe(
    chosen(config, shape),
    E.bindTo('modules'),
    E.filterOrElse(
      ({ modules }) => !modules.some(([name]) => isTable(name)),
      ({ modules }) =>
        badAdapter(
          `${modules.find(([name]) => isTable(name))?.[0]} is a target; this engine adapts attention, MLP and vision`,
          'Leave it out of the targets.',
        ),
    ),
    E.let('names', ({ modules }) => modules.map(([name]) => name)),
    E.bind('ranks', ({ names }) => byPattern('rank_pattern', rankPattern, names)),
    E.tap(({ names }) => byPattern('alpha_pattern', alphaPattern, names)),
    E.map(({ modules, ranks }) => new Map(modules.flatMap(module => matricesOf(module, ranks.get(module[0]) ?? rank)))),
  )
}

const matricesOf = (
  [module, [out, ...rest]]: Module,
  rank: number,
): readonly (readonly [string, readonly number[]])[] => [
  [`${module}.lora_A.weight`, [rank, ...rest]],
  [`${module}.lora_B.weight`, [out!, rank, ...rest.slice(1).map(() => 1)]],
]
