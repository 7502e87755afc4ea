import { either as E } from 'fp-ts'
import { type Mistake, mistakeOf } from './codec/mistake.ts'
import type { Setting } from './codec/setting.ts'
import { inOrder, type Mistakes } from './read.ts'
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
