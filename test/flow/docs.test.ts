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
