import { readFile, stat } from 'node:fs/promises'
import { either as E, function as F, taskEither as TE } from 'fp-ts'
import { type Fault, fault, messageOf } from '../../flow/index.ts'
import { type Mistake, mistakeOf } from './codec/mistake.ts'
import { type RunSettings, runSettings } from './settings/run-settings.ts'
import { type Override, overridden } from './text/overrides.ts'
import { pruned } from './text/pruned.ts'
import { limits, readYaml, type Source } from './text/yaml.ts'

/** What is wrong with a configuration, a line a mistake: `run.yaml:14: rl.updates: is -3, and must be a whole number above 0`. */
export type Mistakes = readonly [string, ...string[]]

/** A configuration that was read: its settings, and how a mistake in one of them is told. */
export interface ReadConfig {
  readonly settings: RunSettings
  readonly tell: (mistake: Mistake) => string
}

/** How far two paths are the same. */
const shared = (a: readonly string[], b: readonly string[]): number => {
  const differing = a.findIndex((part, i) => part !== b[i])
  return differing < 0 ? a.length : differing
}

/** Where a setting was given: the last `--set` that it came from, or a line of the file. */
const placeOf = (file: string, source: Source, overrides: readonly Override[], path: readonly string[]): string => {
  const depth = source.depthOf(path)
  const from = overrides.findLast(
    given => shared(given.path, path) === given.path.length || shared(given.path, path) > depth,
  )
  return from === undefined ? `${file}:${source.lineOf(path)}` : `--set ${from.text}`
}

/** A mistake as it is told, and the line that it is sorted by. */
interface Told {
  readonly line: number
  readonly says: string
}

/** What can be read of a configuration. */
export interface PartlyRead {
  readonly mistakes: readonly Told[]
  /** How a further mistake is told. */
  readonly told: (mistake: Mistake) => Told
  /** Its settings without those that are wrong; nothing where it is no configuration at all. */
  readonly settings?: RunSettings
  /** Where those stand that are wrong. */
  readonly wrong: readonly (readonly string[])[]
}

/** So many settings may be wrong before no more are looked at. */
const mostRounds = 50

/** Settings of a value, without those that are wrong. */
const decodable = (value: unknown): RunSettings | undefined => {
  let so = value
  for (let round = 0; round < mostRounds; round++) {
    const decoded = runSettings.decode(so)
    if (E.isRight(decoded)) return decoded.right
    const next = decoded.left.map(mistakeOf).reduce((rest: unknown, { path }) => pruned(rest, path), so)
    if (next === undefined) return undefined
    so = next
  }
  return undefined
}

/** Reads as much of a configuration's text as can be read, with what `--set` gives in place of its settings. */
export const readPartly = (file: string, text: string, overrides: readonly Override[]): PartlyRead => {
  const source = readYaml(text)
  const named = ({ path, says }: Mistake): string => (path.length === 0 ? says : `${path.join('.')}: ${says}`)
  const told = (mistake: Mistake): Told => ({
    line: source.lineOf(mistake.path),
    says: `${placeOf(file, source, overrides, mistake.path)}: ${named(mistake)}`,
  })
  const ofText = source.mistakes.map(({ line, ...mistake }) => ({ line, says: `${file}:${line}: ${named(mistake)}` }))
  if (source.value === undefined) return { mistakes: ofText, told, wrong: [] }
  if (source.value === null && overrides.length === 0) {
    const says = `${file}:1: is empty: npx kinograd init DIR writes a configuration to begin with`
    return { mistakes: [{ line: 1, says }], told, wrong: [] }
  }
  const { value, mistakes } = overridden(source.value, overrides)
  const decoded = runSettings.decode(value)
  const found = [...mistakes, ...(E.isLeft(decoded) ? decoded.left.map(mistakeOf) : [])]
  const settings = E.isRight(decoded) ? decoded.right : decodable(value)
  return {
    mistakes: [...ofText, ...found.map(told)],
    told,
    ...(settings === undefined ? {} : { settings }),
    wrong: found.map(({ path }) => path),
  }
}

/** Mistakes in the order of their lines, each once; nothing where there are none. */
export const inOrder = (all: readonly Told[]): Mistakes | undefined => {
  const [first, ...rest] = [...new Set([...all].sort((a, b) => a.line - b.line).map(({ says }) => says))]
  return first === undefined ? undefined : [first, ...rest]
}

/**
 * Reads the text of a configuration with what `--set` gives in place of its settings. Left: all mistakes that its text has, in the order
 * of their lines.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import { readConfigText } from 'kinograd/recipe'
 *
 * const wrong = readConfigText('run.yaml', 'seed: 1\nrl: { updates: -3 }')
 * assert.deepEqual(wrong, E.left(['run.yaml:2: rl.updates: is -3, and must be a whole number from 1']))
 * ```
 */
export const readConfigText = (
  file: string,
  text: string,
  overrides: readonly Override[] = [],
): E.Either<Mistakes, ReadConfig> => {
  const { mistakes, settings, told } = readPartly(file, text, overrides)
  const all = inOrder(mistakes)
  return all === undefined && settings !== undefined
    ? E.right({ settings, tell: mistake => told(mistake).says })
    : E.left(all ?? ['is no configuration'])
}

/** The text of a configuration's file. Left: `NoConfig`. */
export const configText = (path: string): TE.TaskEither<Fault, string> =>
  F.pipe(
    TE.tryCatch(
      async () => {
        const { size } = await stat(path)
        if (size > 4 * limits.characters) throw new Error(`it has ${size} bytes`)
        return new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(await readFile(path))
      },
      (error): Fault =>
        fault(
          'NoConfig',
          `${path} cannot be read: ${messageOf(error)}`,
          'Give a configuration; npx kinograd init DIR writes one.',
        ),
    ),
  )
