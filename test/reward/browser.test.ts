import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

/** What a file imports when it runs; types leave nothing behind. */
const importsOf = (file: URL): readonly string[] =>
  [
    ...readFileSync(file, 'utf8')
      .replaceAll(/\/\*[\s\S]*?\*\//g, '')
      .matchAll(/^(?:import|export) (?!type)[^;'"]*?from '([^']+)'/gms),
  ].map(([, to = '']) => to)

test('rewards run in a browser: nothing that they import is a module of Node', () => {
  const seen = new Set<string>()
  const foreign = new Set<string>()
  const visit = (file: URL): void => {
    if (seen.has(file.href)) return
    seen.add(file.href)
    for (const to of importsOf(file)) to.startsWith('.') ? visit(new URL(to, file)) : foreign.add(to)
  }
  visit(new URL('../../src/reward/index.ts', import.meta.url))
  expect(seen.size).toBeGreaterThan(30)
  expect([...foreign].filter(name => !/^(fp-ts|rxjs)$/.test(name))).toEqual([])
})
