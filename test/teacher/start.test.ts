import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { loadedOnce } from '../../src/teacher/loaded-once.ts'

const source = fileURLToPath(new URL('../../src', import.meta.url))
const importing = /^(?:import|export) (?!type )(?:[^'";]*? from )?'([^']+)'/gm

/** The packages that are loaded together with a file, by imports that are not on demand. */
const loadedWith = (entry: string): ReadonlySet<string> => {
  const packages = new Set<string>()
  const files = new Set([resolve(source, entry)])
  for (const file of files)
    for (const [, from = ''] of readFileSync(file, 'utf8').matchAll(importing))
      if (from.startsWith('.')) files.add(resolve(dirname(file), from))
      else packages.add(from)
  return packages
}

describe('what takes long to load is loaded when it is first used', () => {
  test.each(['index.ts', 'teacher/index.ts', 'stages/index.ts', 'recipe/index.ts', 'cli/start.ts'])('by %s', entry => {
    const packages = loadedWith(entry)
    expect(packages).toContain('fp-ts')
    for (const slow of ['@anthropic-ai/sdk', 'openai', 'sharp']) expect(packages).not.toContain(slow)
  })

  test('once for all who ask, and again where it failed', async () => {
    let loads = 0
    const load = loadedOnce(async () => {
      if (++loads === 1) throw new Error('not yet')
      return { loads }
    })
    await expect(load()).rejects.toThrow('not yet')
    const [one, other] = await Promise.all([load(), load()])
    expect(one).toBe(other)
    expect(loads).toBe(2)
  })
})
