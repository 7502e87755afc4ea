import { expect, it } from 'vitest'
import { readTokens } from '../../src/reward/answer-tokens.ts'
import { readNumber } from '../../src/reward/number/answer.ts'
import { plainNumber } from '../../src/reward/number/plain.ts'
import { rougeOfWords } from '../../src/reward/rouge.ts'
import { fc, test } from '../property.ts'

const numRuns = Number(process.env.KINOGRAD_FUZZ_RUNS ?? 100)
const digits = fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 1, maxLength: 6 })

test.prop([fc.nat(999_999_999), fc.option(digits)], { numRuns: 5 * numRuns })(
  'a bare decimal is read at once as it is read',
  (whole, decimals) => {
    const text = decimals === null ? String(whole) : `${whole}.${decimals}`
    expect(plainNumber(text)).toEqual(readNumber(readTokens(text)))
  },
)

it.each(['007', '1,000', '-3', '3 cm', '5%', '1e3', '', '3.', '.5', '2024-01-01'])('%j is left to the reader', text => {
  expect(plainNumber(text)).toBeUndefined()
})

test.prop([fc.array(fc.constantFrom('running', 'dogs', 'a', 'the', 'box7'), { minLength: 1, maxLength: 8 })])(
  'the same words score as equal ones',
  words => {
    expect(rougeOfWords(words, words)).toBe(rougeOfWords(words, [...words]))
  },
)
