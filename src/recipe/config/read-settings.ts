import { either as E, function as F, taskEither as TE } from 'fp-ts'
import type { Fault } from '../../flow/index.ts'
import { type Mistake, mistakeOf } from './codec/mistake.ts'
import type { Setting } from './codec/setting.ts'
import { configFault } from './fault.ts'
import { configText, inOrder, type Mistakes } from './read.ts'
import { readYaml } from './text/yaml.ts'

/**
 * Reads the text of a configuration by a codec of one's own, made of `forms`. Left: all mistakes that it has, each with its line and its
 * setting, in the order of the lines.
 */
export const readSettings = <A>(codec: Setting<A>, file: string, text: string): E.Either<Mistakes, A> => {
  const { value, lineOf, mistakes } = readYaml(text)
  const told = (line: number, { path, says }: Mistake) => ({
    line,
    says: `${file}:${line}: ${path.length === 0 ? '' : `${path.join('.')}: `}${says}`,
  })
  const ofText = mistakes.map(({ line, ...mistake }) => told(line, mistake))
  const decoded = value === undefined ? undefined : codec.decode(value)
  const found =
    decoded === undefined || E.isRight(decoded)
      ? []
      : decoded.left.map(mistakeOf).map(mistake => told(lineOf(mistake.path), mistake))
  const all = inOrder([...ofText, ...found])
  return all === undefined && decoded !== undefined && E.isRight(decoded)
    ? E.right(decoded.right)
    : E.left(all ?? [`${file}:1: is empty`])
}

/**
 * Reads the file of a configuration by a codec of one's own. Left: `NoConfig` where it cannot be read, `BadConfig` with all its mistakes.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import { forms, readSettingsFile } from 'kinograd/recipe'
 *
 * const read = await readSettingsFile(forms.settings({ size: forms.whole() }, {}), 'no-such.yaml')()
 * assert(E.isLeft(read) && read.left._tag === 'NoConfig')
 * ```
 */
export const readSettingsFile = <A>(codec: Setting<A>, path: string): TE.TaskEither<Fault, A> =>
  F.pipe(
    configText(path),
    TE.flatMapEither(text => E.mapLeft(configFault)(readSettings(codec, path, text))),
  )
