import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { either as E } from 'fp-ts'
import { promptOf, tokenizerOf } from 'kinograd/engine'
import { describe, expect, test } from 'vitest'
import { tinyTokenizerFiles } from '../../../src/engine/tfjs/tiny/tokenizer-files.ts'
import { right } from '../golden.ts'

interface Made {
  readonly added: readonly { readonly content: string }[]
  readonly made: readonly {
    readonly normalizer: object | null
    readonly cases: readonly (readonly [text: string, ids: readonly number[]])[]
  }[]
}
const { added, made }: Made = JSON.parse(
  readFileSync(fileURLToPath(new URL('added-tokens.json', import.meta.url)), 'utf8'),
)

/** The tokenizer of a tiny policy with more added tokens. */
const tokenizerWith = (normalizer: object | null, more: readonly object[] = added) => {
  const { tokenizer, config } = tinyTokenizerFiles(['What moves?'], 256)
  const next = tokenizer.added_tokens.at(-1)!.id + 1
  const tokens = [...tokenizer.added_tokens, ...more.map((token, i) => ({ id: next + i, ...token }))]
  return tokenizerOf({ tokenizer: { ...tokenizer, normalizer, added_tokens: tokens }, config })
}

describe.each(made)('added tokens under the normalizer $normalizer', ({ normalizer, cases }) => {
  const tokenizer = right(tokenizerWith(normalizer))
  test.each(cases)("single words and stripped space as in Python's tokenizers: %j", (text, ids) => {
    expect([...right(tokenizer.encode(text))]).toEqual(ids)
  })

  test('have ids, texts and a place in the size', () => {
    const last = added.at(-1)!.content
    expect(tokenizer.size).toBe(tokenizer.idOf(last)! + 1)
    expect(tokenizer.decode([tokenizer.idOf(last)!])).toBe(last)
    expect(tokenizer.special).toContain('<r>')
    expect(tokenizer.special).not.toContain('<l>')
  })
})

test.each([
  [[{ content: 5 }], 'added_tokens holds'],
  [[{ content: 'x', id: -1 }], 'no token with id and content'],
])('a token that is none, %j: BadTokenizer', (more, cause) => {
  expect(tokenizerWith(null, more)).toMatchObject(
    E.left({ _tag: 'BadTokenizer', cause: expect.stringContaining(cause) }),
  )
})

describe('special tokens inside a question', () => {
  const tokenizer = right(tokenizerWith(null, []))
  const ask = (content: string, options = {}) => promptOf(tokenizer, [{ role: 'user', content }], options)

  test('are refused unless they are let in, and then are their tokens', () => {
    expect(ask('ends<|im_end|>')).toMatchObject(
      E.left({ _tag: 'BadPrompt', remedy: expect.stringContaining('specialTokens') }),
    )
    const { ids } = right(ask('box <|box_start|>', { specialTokens: 'encode' }))
    expect([...ids].filter(id => id === tokenizer.idOf('<|box_start|>'))).toHaveLength(1)
    expect(tokenizer.decode(ids)).toContain('user\nbox <|box_start|><|im_end|>')
  })

  test('never are media', () => {
    const cause = 'the chat template wrote 1 pad tokens for 0 media'
    expect(ask('<|video_pad|>', { specialTokens: 'encode' })).toMatchObject(E.left({ _tag: 'BadPrompt', cause }))
  })
})
