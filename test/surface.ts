import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath, pathToFileURL } from 'node:url'

/** What the entries of the package show: their names, where each is declared, and what its doc comment says. */

const root = new URL('../', import.meta.url)
export const at = (path: string): string => fileURLToPath(new URL(path, root))
const reading = new Map<string, string>()
export const read = (path: string): string => {
  const known = reading.get(path) ?? readFileSync(path, 'utf8')
  reading.set(path, known)
  return known
}

/** Every file of src, from the root of the repository. */
export const sources = readdirSync(at('src'), { recursive: true, encoding: 'utf8' })
  .filter(path => path.endsWith('.ts'))
  .map(path => `src/${path.replaceAll('\\', '/')}`)

/** A name that an entry exports. */
export interface Export {
  readonly name: string
  /** What the declaring file, or the next file on the way to it, calls it. */
  readonly inner: string
  readonly file: string
}

/** Names that an index exports, with the file they come from. */
export const exportsOf = (path: string): readonly Export[] => namesFrom('export', path)

/** Names that a file exports from others, or imports from them. */
const namesFrom = (word: 'export' | 'import', path: string): readonly Export[] =>
  [...read(path).matchAll(new RegExp(`${word} (?:type )?\\{([^}]*)\\} from '([^']+)'`, 'g'))].flatMap(
    ([, names = '', from = '']) =>
      names
        .split(',')
        .map(name => name.trim().replace(/^type /, ''))
        .filter(name => name !== '')
        .map(name => {
          const [inner = name, outer = inner] = name.split(' as ')
          return { name: outer, inner, file: fileURLToPath(new URL(from, pathToFileURL(path))) }
        }),
  )

/** Where a name is declared, and the doc comment that stands directly above its first declaration there. */
export interface Declared {
  readonly file: string
  readonly comment: string | undefined
}

/** Follows a name to its declaration, over indexes that pass it on. */
export const declaredAt = ({ inner, file }: Export): Declared | undefined => {
  const text = read(file)
  const word = 'const|function|async function|interface|type|class'
  const declaration = new RegExp(`^export (?:${word})(?:\\* | )${inner}\\b`, 'm').exec(text)
  if (declaration === null) {
    const from = [...exportsOf(file), ...namesFrom('import', file)].find(passed => passed.name === inner)
    return from === undefined ? undefined : declaredAt(from)
  }
  const above = text.slice(0, declaration.index).replace(/\/\/ biome-ignore [^\n]*\n$/, '')
  return { file, comment: /\/\*\*(?:(?!\*\/)[\s\S])*\*\/\s*$/.exec(above)?.[0] }
}

/** The index of every room, from the root of the repository. */
export const rooms = sources.filter(path => /^src\/(\w+|engine\/tfjs)\/index\.ts$/.test(path))

/** How users import what a file of indexes exports. */
export const entryOf = (index: string): string => index.replace(/^src/, 'kinograd').replace(/\/index\.ts$/, '')

/** The names of an entry behind which there is a function, or an object of functions such as `stage`. */
export const functionsOf = async (index: string): Promise<readonly Export[]> => {
  const room: Readonly<Record<string, unknown>> = await import(/* @vite-ignore */ at(index))
  const callable = (value: unknown): boolean =>
    typeof value === 'function' ||
    (typeof value === 'object' &&
      value !== null &&
      Object.getPrototypeOf(value) === Object.prototype &&
      Object.values(value).every(part => typeof part === 'function'))
  return exportsOf(at(index)).filter(({ name }) => callable(room[name]))
}

/** TypeScript blocks of a page. */
export const blocks = (text: string): readonly string[] =>
  [...text.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code = '']) => code)

/** Code blocks of doc comments, without the stars at the beginning of lines. */
export const blocksOfComments = (text: string): readonly string[] =>
  [...text.matchAll(/\/\*\*[\s\S]*?\*\//g)].flatMap(([comment]) => blocks(comment.replaceAll(/^[ \t]*\* ?/gm, '')))
