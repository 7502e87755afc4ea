import type { MutantResult } from '@stryker-mutator/api/core'
import { describe, expect, test } from 'vitest'
import { compare, score, survivors } from '../../bench/mutation/survivors.ts'

const source = 'const a = 1\n  const b = a < 2 ? a : 0\n'
const mutant = (status: MutantResult['status'], replacement: string, line = 2, from = 12, to = 17): MutantResult => ({
  id: replacement,
  fileName: 'src/a.ts',
  mutatorName: 'EqualityOperator',
  replacement,
  status,
  location: { start: { line, column: from + 1 }, end: { line, column: to + 1 } },
})
const all = [
  mutant('Killed', 'a > 2'),
  mutant('Timeout', 'a >= 2'),
  mutant('Survived', 'a <= 2'),
  mutant('NoCoverage', 'true'),
  mutant('CompileError', 'a < '),
]
const found = survivors(all, () => source)

describe('mutation testing', () => {
  test('the score is of what was tried, and equivalent mutants count against it', () => {
    expect(score(all)).toBe(50)
  })
  test('survivors are told by their line and by what becomes of it', () => {
    expect(found).toEqual([
      { file: 'src/a.ts', at: 2, line: 'const b = a < 2 ? a : 0', mutant: 'a < 2 → a <= 2' },
      { file: 'src/a.ts', at: 2, line: 'const b = a < 2 ? a : 0', mutant: 'a < 2 → true' },
    ])
  })
  test('of long texts the part that differs is shown', () => {
    const long = `'${'x'.repeat(80)}1${'y'.repeat(80)}'`
    const [one] = survivors([mutant('Survived', long.replace('1', '2'), 1, 0, long.length)], () => long)
    expect(one?.mutant).toBe('… xxxxxxxxxxxx1yyyyyyyyyyyy … → … xxxxxxxxxxxx2yyyyyyyyyyyy …')
  })
  test('an entry of the list covers one survivor, and one that covers none is stale', () => {
    const entry = { line: 'const b = a < 2 ? a : 0', mutant: 'a < 2 → true', reason: 'because' }
    expect(compare(found, { 'src/a.ts': [entry] })).toEqual({ unlisted: [found[0]], stale: [] })
    expect(compare(found, { 'src/a.ts': [entry, entry] })).toEqual({
      unlisted: [found[0]],
      stale: [{ file: 'src/a.ts', ...entry }],
    })
    expect(compare(found, { 'src/b.ts': [entry] })).toMatchObject({ unlisted: found, stale: [{ file: 'src/b.ts' }] })
  })
})
