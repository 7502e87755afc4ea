import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const src = fileURLToPath(new URL('../../src/', import.meta.url))

/** The files of a room, and what each imports from the same room, types included. */
const importsOf = (room: string): ReadonlyMap<string, readonly string[]> => {
  const files = readdirSync(join(src, room), { recursive: true, encoding: 'utf8' }).filter(file => file.endsWith('.ts'))
  return new Map(
    files.map(file => {
      const text = readFileSync(join(src, room, file), 'utf8')
      const targets = [...text.matchAll(/from '(\.[^']+)'/g)].map(([, to = '']) => normalize(join(dirname(file), to)))
      return [file, targets.filter(target => files.includes(target))]
    }),
  )
}

/** Files that import each other in a circle: what is left when files that import nothing that is left go, again and again. */
const circles = (imports: ReadonlyMap<string, readonly string[]>): readonly string[] => {
  const left = new Set(imports.keys())
  for (let before = -1; before !== left.size; ) {
    before = left.size
    for (const file of left) if (!imports.get(file)?.some(target => left.has(target))) left.delete(file)
  }
  return [...left]
}

describe('imports go in one direction', () => {
  test('a circle is found', () => {
    const imports = new Map([
      ['a', ['b']],
      ['b', ['c']],
      ['c', ['b']],
      ['d', []],
    ])
    expect(circles(imports)).toEqual(['a', 'b', 'c'])
  })
  test.each(['flow', 'media'])('in src/%s', room => {
    const imports = importsOf(room)
    expect(imports.size).toBeGreaterThan(30)
    expect(circles(imports)).toEqual([])
  })
})
