import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { either as E } from 'fp-ts'
import { describe, expect, test } from 'vitest'
import { pythonPattern } from '../../src/engine/tfjs/lora/python-pattern.ts'

interface Made {
  readonly names: readonly string[]
  readonly cases: readonly { readonly pattern: string; readonly fits: readonly string[] | null }[]
}
const { names, cases }: Made = JSON.parse(
  readFileSync(fileURLToPath(new URL('python-patterns.json', import.meta.url)), 'utf8'),
)
/** What Python reads and this library does not, by the name that the refusal gives it. */
const untranslated: Readonly<Record<string, string>> = {
  '(?>a+)b': 'an atomic group (?>…) at character 0',
  '(a)?(?(1)b|c)': 'a condition (?(…)…|…) at character 4',
  'a++b': 'a possessive quantifier at character 1',
  '(?i:A)b': 'flags for a group (?i:…) at character 0',
  '\\N{DIGIT ONE}': 'a character by name \\N{…} at character 0',
  '(?x)a b': 'the flag (?x)',
  'a{1,2}+': 'a possessive quantifier at character 1',
  'x*+': 'a possessive quantifier at character 1',
  'x?+': 'a possessive quantifier at character 1',
  '\\012': 'a character in octal digits at character 0',
}

describe('a pattern of Python', () => {
  test.each(cases.map(({ pattern, fits }) => [pattern, fits] as const))(
    '%j fits what it fits there, or is refused',
    (pattern, fits) => {
      const translated = pythonPattern(pattern)
      const no = untranslated[pattern]
      if (no !== undefined) expect(translated).toEqual(E.left(expect.stringContaining(no)))
      else if (fits === null) expect(E.isLeft(translated)).toBe(true)
      else expect(E.map((found: RegExp) => names.filter(name => found.test(name)))(translated)).toEqual(E.right(fits))
    },
  )
})
