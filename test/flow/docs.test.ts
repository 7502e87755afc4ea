import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { flowMutants } from '../../bench/mutants/flow.ts'

const root = new URL('../../', import.meta.url)
const text = readFileSync(new URL('docs/flow.md', root), 'utf8')

describe('docs/flow.md', () => {
  const examples = [...text.matchAll(/```ts\n([\s\S]*?)```/g)].map(match => match[1] ?? '')
  test.each(examples.map((code, i) => [i, code] as const))('example %i runs', async (i, code) => {
    const folder = new URL('build/docs/', root)
    mkdirSync(folder, { recursive: true })
    const path = fileURLToPath(new URL(`flow-${i}.ts`, folder))
    writeFileSync(path, code)
    await import(/* @vite-ignore */ path)
  })

  test('lists every seeded fault', () => {
    for (const { name, file, law } of flowMutants)
      expect(text).toContain(`| ${name} | \`${file.replace(/js$/, 'ts')}\` | ${law} |`)
  })
})

describe('src/flow', () => {
  const index = readFileSync(new URL('src/flow/index.ts', root), 'utf8')
  const functions = [...index.matchAll(/^export \{([^}]*)\} from '\.\/([^']+)'/gm)].flatMap(
    ([, names = '', file = '']) => names.split(',').map(name => ({ name: name.trim(), file })),
  )
  /** The doc comment directly above a declaration. */
  const comment = (file: string, name: string): string => {
    const code = readFileSync(new URL(`src/flow/${file}`, root), 'utf8')
    const place = code.search(new RegExp(`^export (const|function|async function\\*) ${name}\\b`, 'm'))
    const before = code.slice(0, place)
    return place < 0 ? '' : before.slice(before.lastIndexOf('/**'))
  }

  test('every public function has an example in its comment, which test/docs.test.ts runs', () => {
    expect(functions.length).toBeGreaterThan(30)
    const bare = functions.filter(({ name, file }) => !comment(file, name).includes('```ts'))
    expect(bare).toEqual([])
  })
})
