import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { describe, expect, test } from 'vitest'

/**
 * The code blocks of the README, of pages and of doc comments run, each by itself; those of the guide are one program, put together in
 * their order. What is public has a doc comment.
 */

const root = new URL('../', import.meta.url)
const at = (path: string): string => fileURLToPath(new URL(path, root))
const sources = readdirSync(at('src'), { recursive: true, encoding: 'utf8' })
  .filter(path => path.endsWith('.ts'))
  .map(path => `src/${path.replaceAll('\\', '/')}`)

const blocks = (text: string): readonly string[] => [...text.matchAll(/```ts\n([\s\S]*?)```/g)].map(m => m[1] ?? '')

/** Code blocks of doc comments, without the stars at the beginning of lines. */
const blocksOfComments = (text: string): readonly string[] =>
  [...text.matchAll(/\/\*\*[\s\S]*?\*\//g)].flatMap(([comment]) => blocks(comment.replaceAll(/^[ \t]*\* ?/gm, '')))

const examples = [
  ['docs/guide.md', blocks(readFileSync(at('docs/guide.md'), 'utf8')).join('\n')] as const,
  ...['README.md', 'docs/engine.md', 'docs/laws.md'].flatMap(page =>
    blocks(readFileSync(at(page), 'utf8')).map((code, i) => [`${page} ${i}`, code] as const),
  ),
  ...sources.flatMap(path =>
    blocksOfComments(readFileSync(at(path), 'utf8')).map((code, i) => [`${path} ${i}`, code] as const),
  ),
]

describe('examples run as they stand', () => {
  test.each(examples)('%s', async (name, code) => {
    mkdirSync(at('build/docs'), { recursive: true })
    const path = at(`build/docs/${name.replaceAll(/[^a-zA-Z0-9]+/g, '-')}.ts`)
    writeFileSync(path, code)
    await import(/* @vite-ignore */ path)
  })
})

/** Names that an index exports, with the file they come from. */
const exportsOf = (path: string): readonly { readonly name: string; readonly file: string }[] =>
  [...readFileSync(path, 'utf8').matchAll(/export (?:type )?\{([^}]*)\} from '([^']+)'/g)].flatMap(
    ([, names = '', from = '']) =>
      names
        .split(',')
        .map(
          name =>
            name
              .trim()
              .replace(/^type /, '')
              .split(' as ')[0] ?? '',
        )
        .filter(name => name !== '')
        .map(name => ({ name, file: fileURLToPath(new URL(from, pathToFileURL(path))) })),
  )

/** Whether the declaration of a name has a doc comment directly above it; a name that is passed on is looked up where it comes from. */
const documented = (file: string, name: string): boolean => {
  const text = readFileSync(file, 'utf8')
  const word = 'const|function|async function|interface|type|class'
  const declaration = new RegExp(`^export (?:${word})(?:\\* | )${name}\\b`, 'm').exec(text)
  const above = (at: number) =>
    text
      .slice(0, at)
      .replace(/\/\/ biome-ignore [^\n]*\n$/, '')
      .trimEnd()
  if (declaration !== null) return above(declaration.index).endsWith('*/')
  const from = exportsOf(file).find(passed => passed.name === name)
  return from !== undefined && documented(from.file, name)
}

const rooms = sources.filter(path => /^src\/(\w+|engine\/tfjs)\/index\.ts$/.test(path))

describe('what is public has a doc comment', () => {
  test('there are twelve rooms with an index', () => expect(rooms).toHaveLength(12))

  test.each(rooms)('%s', index => {
    const bare = exportsOf(at(index))
      .filter(({ name, file }) => !documented(file, name))
      .map(({ name, file }) => `${name} (${file.slice(at('src').length)})`)
    expect(bare).toEqual([])
  })
})
