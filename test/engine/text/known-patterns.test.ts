import { describe, expect, it } from 'vitest'
import { hasKnownPatterns, qwenSplit } from '../../../src/engine/text/known-patterns.ts'
import { spent } from '../../spent.ts'

const split = (Regex: string) => ({ type: 'Split', pattern: { Regex }, behavior: 'Isolated' })

describe('patterns of a tokenizer', () => {
  it('are known where there are none, or those of Qwen2', () => {
    expect(hasKnownPatterns({ normalizer: null, pre_tokenizer: { type: 'WhitespaceSplit' } })).toBe(true)
    expect(hasKnownPatterns({ pre_tokenizer: split(qwenSplit) })).toBe(true)
    expect(hasKnownPatterns({ normalizer: { type: 'Replace', pattern: { String: '(a+)+b' }, content: '' } })).toBe(true)
  })

  it.each([
    ['in a normaliser', { normalizer: { type: 'Replace', pattern: { Regex: '(a+)+b' }, content: '' } }],
    ['beside a known one', { pre_tokenizer: { type: 'Sequence', pretokenizers: [split(qwenSplit), split('(a+)+b')] } }],
    ['that is no text', { pre_tokenizer: { type: 'Split', pattern: { Regex: [qwenSplit] } } }],
  ])('are not known where one is %s', (_, files) => {
    expect(hasKnownPatterns(files)).toBe(false)
  })

  it('of Qwen2 take a time that follows the length of a text', () => {
    const pattern = new RegExp(qwenSplit.replace('(?i:', '(?:'), 'gu')
    for (const unit of [' ', '\n', ' \n', '\t', "'", 'a', '!', ' !', '0', '\r ', 'é', '  a']) {
      expect(spent(() => unit.repeat(20_000 / unit.length).match(pattern))).toBeLessThan(1)
    }
  })
})
