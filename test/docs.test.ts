import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { relative } from 'node:path'
import { describe, expect, test } from 'vitest'
import { measure } from './measure.ts'
import {
  at,
  blocks,
  blocksOfComments,
  declaredAt,
  entryOf,
  exportsOf,
  functionsOf,
  read,
  rooms,
  sources,
} from './surface.ts'

/**
 * The code blocks of the README, of pages and of doc comments run, each by itself; those of the guide are one program, put together in
 * their order. What is public has a doc comment, and functions an example.
 */

const docs = ['annotate', 'data', 'engine', 'evaluation', 'laws', 'runs', 'teacher', 'transport'].map(
  name => `docs/${name}.md`,
)
const pages = ['README.md', ...docs]
const examples = [
  { from: 'docs/guide.md', found: [blocks(read(at('docs/guide.md'))).join('\n')] },
  ...pages.map(page => ({ from: page, found: blocks(read(at(page))) })),
  ...sources.map(path => ({ from: path, found: blocksOfComments(read(at(path))) })),
].flatMap(({ from, found }) =>
  found.map((code, i) => {
    const name = `${from} ${i}`
    return { name, code, file: at(`build/docs/${name.replaceAll(/[^a-zA-Z0-9]+/g, '-')}.ts`) }
  }),
)

rmSync(at('build/docs'), { recursive: true, force: true })
mkdirSync(at('build/docs'), { recursive: true })
for (const { file, code } of examples) writeFileSync(file, code)

describe('examples', () => {
  test.each(examples)('$name runs as it stands', async ({ file }) => {
    await import(/* @vite-ignore */ file)
  })

  test('compile in strict mode, without a cast', () => {
    const config = {
      extends: '../../tsconfig.test.json',
      compilerOptions: { rootDir: '../..', noUnusedLocals: false },
      include: ['*.ts'],
      exclude: [],
    }
    writeFileSync(at('build/docs/tsconfig.json'), JSON.stringify(config))
    const said = (): string => {
      try {
        return execFileSync('npx', ['tsc', '-p', at('build/docs')], { encoding: 'utf8', timeout: 120_000 })
      } catch (error) {
        return String((error as { stdout: unknown }).stdout)
      }
    }
    expect(said()).toBe('')
    const casting = examples.filter(({ file, code }) => measure(file, code).casts.length > 0)
    expect(casting.map(({ name }) => name)).toEqual([])
  })
})

describe('what is public has a doc comment', () => {
  test('there are seventeen rooms with an index', () => expect(rooms).toHaveLength(17))

  test.each(rooms)('%s', index => {
    const bare = exportsOf(at(index))
      .filter(exported => declaredAt(exported)?.comment === undefined)
      .map(({ name, file }) => `${name} (${relative(at('src'), file)})`)
    expect(bare).toEqual([])
  })
})

const entries = ['src/index.ts', ...rooms]
const functions = await Promise.all(
  entries.map(async index => ({ entry: entryOf(index), exported: await functionsOf(index) })),
)

describe('public functions', () => {
  /** Entries of which every function shows an example. */
  const whole = [
    'kinograd',
    ...['flow', 'advantage', 'process', 'dataset', 'reward', 'teacher', 'engine', 'transport', 'stages'].map(
      room => `kinograd/${room}`,
    ),
  ]

  test('show an example in their doc comment', () => {
    const shares = functions.map(({ entry, exported }) => {
      const without = exported.filter(one => !declaredAt(one)?.comment?.includes('```ts')).map(({ name }) => name)
      return { entry, of: exported.length, without }
    })
    for (const { entry, of, without } of shares)
      console.log(`${entry}: ${of - without.length} of ${of} functions show an example`)
    expect(shares.filter(({ entry, without }) => whole.includes(entry) && without.length > 0)).toEqual([])
  })

  test('are each shown by an example, a test, a bench or a page', () => {
    const list = [
      'ls-files',
      '--cached',
      '--others',
      '--exclude-standard',
      'test',
      'bench',
      'examples',
      'docs',
      'README.md',
    ]
    const files = execFileSync('git', list, { cwd: at(''), encoding: 'utf8' })
    const texts = files
      .split('\n')
      .filter(file => /\.(ts|js|md|py)$/.test(file) && file !== 'test/surface.ts')
      .map(file => read(at(file)))
    const words = new Set([...texts, ...examples.map(({ code }) => code)].flatMap(text => text.match(/\w+/g) ?? []))
    const unused = functions.flatMap(({ entry, exported }) =>
      exported.filter(({ name }) => !words.has(name)).map(({ name }) => `${name} of ${entry}`),
    )
    expect(unused).toEqual([])
  })
})

test('a public name means one thing, whichever entry exports it', () => {
  const declared = entries.flatMap(index =>
    exportsOf(at(index)).map(exported => ({ name: exported.name, file: declaredAt(exported)?.file ?? index })),
  )
  const files = new Map<string, Set<string>>()
  for (const { name, file } of declared)
    files.set(name, new Set([...(files.get(name) ?? []), relative(at('src'), file)]))
  // The root's loads TensorFlow.js when it is called; it is the same function otherwise.
  files.delete('loadPolicy')
  const twice = [...files].filter(([, from]) => from.size > 1).map(([name, from]) => `${name}: ${[...from].join(', ')}`)
  expect(twice).toEqual([])
})
