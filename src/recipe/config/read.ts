import { readFile, stat } from 'node:fs/promises'
import { either as E, function as F, taskEither as TE } from 'fp-ts'
import { type Fault, fault, messageOf } from '../../flow/index.ts'
import { type Mistake, mistakeOf } from './codec/mistake.ts'
import { type RunSettings, runSettings } from './settings/run-settings.ts'
import { type Override, overridden } from './text/overrides.ts'
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

/**
 * Reads the text of a configuration with what `--set` gives in place of its settings. Left: all mistakes that its text has, in the order
 * of their lines.
 */
export const readConfigText = (
  file: string,
  text: string,
  overrides: readonly Override[] = [],
): E.Either<Mistakes, ReadConfig> => {
  const source = readYaml(text)
  const named = ({ path, says }: Mistake): string => (path.length === 0 ? says : `${path.join('.')}: ${says}`)
  const tell = (mistake: Mistake): string => `${placeOf(file, source, overrides, mistake.path)}: ${named(mistake)}`
  const ofText = source.mistakes.map(({ line, ...mistake }) => ({ line, says: `${file}:${line}: ${named(mistake)}` }))
  if (source.value === undefined) return inOrder(ofText, never)
  if (source.value === null && overrides.length === 0)
    return E.left([`${file}:1: is empty: npx kinograd init DIR writes a configuration to begin with`])
  const { value, mistakes } = overridden(source.value, overrides)
  const decoded = runSettings.decode(value)
  const ofSettings = [...mistakes, ...(E.isLeft(decoded) ? decoded.left.map(mistakeOf) : [])].map(mistake => ({
    line: source.lineOf(mistake.path),
    says: tell(mistake),
  }))
  return inOrder([...ofText, ...ofSettings], () =>
    E.map((settings: RunSettings) => ({ settings, tell }))(E.mapLeft((): Mistakes => [''])(decoded)),
  )
}

const never = (): E.Either<Mistakes, ReadConfig> => E.left(['is no configuration'])

/** Mistakes in the order of their lines, each once; what is right where there are none. */
const inOrder = (
  all: readonly { readonly line: number; readonly says: string }[],
  right: () => E.Either<Mistakes, ReadConfig>,
): E.Either<Mistakes, ReadConfig> => {
  const [first, ...rest] = [...new Set([...all].sort((a, b) => a.line - b.line).map(({ says }) => says))]
  return first === undefined ? right() : E.left([first, ...rest])
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
