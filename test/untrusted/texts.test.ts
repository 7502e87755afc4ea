import { either as E } from 'fp-ts'
import { fault, report, stageError } from 'kinograd/flow'
import { oneLine, renderReport } from 'kinograd/run'
import { describe, expect, it } from 'vitest'
import { brief, cut, isTooDeep, nestingLimit, parseJson, visible } from '../../src/untrusted/index.ts'
import { fc, test } from '../property.ts'

const numRuns = Number(process.env.KINOGRAD_FUZZ_RUNS ?? 100)
/** ANSI escapes, C0, C1, marks of direction, separators, half a pair. */
const steering = '\u001b[31m\u0007\u0000\u0085\u009b\u202a\u202e\u2066\u2069\u200f\u2028\ud800'

describe('foreign text', () => {
  it('is shown and not obeyed: in lines, messages and pages', async () => {
    const wanted = String.raw`\u001b[31m\u0007\u0000\u0085\u009b\u202a\u202e\u2066\u2069\u200f\u2028\ud800`
    expect(visible(steering)).toBe(wanted)
    expect(visible('two\nlines\tand é, 你好, 👩‍🚀')).toBe('two\nlines\tand é, 你好, 👩‍🚀')
    expect(oneLine(`a\n${steering.slice(0, 7)}`)).toBe(String.raw`a \u001b[31m\u0007\u0000`)
    const made = stageError('decode', steering, fault('Bad', steering, steering))
    expect(report(made)).toBe(`decode: ${wanted}: ${wanted} (Bad). ${wanted}`)
    expect(await renderReport('mine', [{ parts: [{ kind: 'text', text: steering }] }])).toContain(wanted)
  })

  it('is short in messages', () => {
    expect(fault('Long', 'x'.repeat(1e7), 'y').cause.length).toBeLessThan(1100)
    expect(fault('Long', '\u001b'.repeat(1e7), 'y').cause.length).toBeLessThan(1100)
    expect(cut('x'.repeat(1000), 100)).toMatch(/^x{75} … \(1000 characters\) … x{25}$/)
    expect(cut('short', 100)).toBe('short')
    expect(brief(undefined)).toBe('nothing')
    expect(brief({ a: [1, 'two'] })).toBe('{"a":[1,"two"]}')
    expect(brief('x'.repeat(1e7)).length).toBe(80)
    let deep: unknown = 1
    for (let i = 0; i < 1e5; i++) deep = [deep]
    expect(brief(deep).length).toBeLessThan(80)
  })
})

describe('JSON of others', () => {
  it('may be nested 128 deep and no deeper, whatever stands in its texts', () => {
    const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)
    expect(E.isRight(parseJson(nested(nestingLimit)))).toBe(true)
    expect(parseJson(nested(nestingLimit + 1))).toEqual(E.left('is nested deeper than 128 levels at character 128'))
    expect(parseJson(JSON.stringify(['['.repeat(1e5), '"{'.repeat(1e5), '\\'.repeat(99)]))).toMatchObject({
      _tag: 'Right',
    })
    expect(parseJson('{"a":'.repeat(2e5))).toMatchObject({ _tag: 'Left' })
    // A text that is only begun is neither, but how deep it is can be said.
    const begun = (depth: number) => '{"a":'.repeat(depth)
    expect([begun(nestingLimit), begun(nestingLimit + 1)].map(isTooDeep)).toEqual([false, true])
    expect(parseJson('nul')).toMatchObject({ left: expect.stringMatching(/^is not JSON: /) })
  })

  test.prop([fc.jsonValue({ maxDepth: 8 }), fc.integer({ min: 1, max: 6 })], { numRuns })(
    'is read as JSON.parse reads it',
    (value, depth) => {
      const text = JSON.stringify(value)
      const deepOf = (one: unknown): number =>
        typeof one === 'object' && one !== null ? 1 + Math.max(0, ...Object.values(one).map(deepOf)) : 0
      const read = parseJson(text, depth)
      expect(E.isRight(read)).toBe(deepOf(value) <= depth)
      if (E.isRight(read)) expect(read.right).toEqual(JSON.parse(text))
    },
  )
})
