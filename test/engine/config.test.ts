import { readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { either as E } from 'fp-ts'
import { configJson, parseConfig, readConfig } from 'kinograd/engine/tfjs'
import { describe, expect, test } from 'vitest'
import { goldenCases, right } from './golden.ts'
import { tinyConfig } from './tiny-config.ts'

type Json = Record<string, unknown>
/** Nested, as transformers writes since 4.52. */
const tiny = () =>
  JSON.parse(JSON.stringify(configJson(tinyConfig, { names: 'modules' }))) as {
    text_config: Json
    vision_config: Json
  } & Json

/** The flat layout of the hub: text fields at the top, no nested text. */
const flat = (): Json => JSON.parse(JSON.stringify(configJson(tinyConfig)))

describe('config.json', () => {
  test('the nested layout is read', () => expect(parseConfig(tiny())).toEqual(E.right(tinyConfig)))
  test('the flat layout is read', () => {
    expect(flat()).not.toHaveProperty('text_config')
    expect(parseConfig(flat())).toEqual(E.right(tinyConfig))
  })

  test.skipIf(goldenCases.length === 0).each(goldenCases.map(path => [basename(path), path] as const))(
    'of %s gives the sizes of its weights',
    async (_, path) => {
      const { text, vision, tokens } = right(await readConfig(path)())
      const json = JSON.parse(readFileSync(join(path, 'config.json'), 'utf8'))
      expect(text.vocabSize).toBe(json.text_config.vocab_size)
      expect(text.tied).toBe(basename(path).startsWith('a') === false)
      expect(vision.fullAttentionBlocks).toEqual(json.vision_config.fullatt_block_indexes)
      expect(text.ropeTheta).toBe(1e6)
      expect(tokens.video).toBe(text.vocabSize - 1)
    },
  )

  test('vision fields that copies leave out take the released values', () => {
    const json = tiny()
    for (const name of ['depth', 'window_size', 'fullatt_block_indexes']) delete json.vision_config[name]
    expect(right(parseConfig(json)).vision).toMatchObject({
      depth: 32,
      windowSize: 112,
      fullAttentionBlocks: [7, 15, 23, 31],
    })
  })

  test.each<[string, (json: ReturnType<typeof tiny>) => unknown, string]>([
    ['no object', () => [], 'does not hold an object'],
    ['a missing size', j => delete j.text_config.hidden_size, 'text_config.hidden_size is missing'],
    [
      'a missing tie',
      j => [delete j.tie_word_embeddings, delete j.text_config.tie_word_embeddings],
      'tie_word_embeddings is missing',
    ],
    [
      'a size in words',
      j => Object.assign(j.vision_config, { depth: 'two' }),
      'vision_config.depth is "two", not a number',
    ],
    ['another model', j => Object.assign(j, { model_type: 'qwen2_vl' }), 'model_type is "qwen2_vl"'],
    ['a sliding window', j => Object.assign(j.text_config, { use_sliding_window: true }), 'use_sliding_window is true'],
    [
      'a head count',
      j => Object.assign(j.text_config, { num_key_value_heads: 3 }),
      '4 heads cannot share 3 key/value heads',
    ],
    [
      'a rotary section',
      j => Object.assign(j.text_config.rope_parameters as Json, { mrope_section: [1, 1, 1] }),
      'has 3 frequencies in 3 parts, a head of 8 needs 4 in 3',
    ],
    ['a token beyond', j => Object.assign(j, { video_token_id: 64 }), 'token video is 64, the vocabulary has 64'],
    [
      'a block beyond',
      j => Object.assign(j.vision_config, { fullatt_block_indexes: [7] }),
      'holds 7, there are 2 blocks',
    ],
    [
      'two widths',
      j => Object.assign(j.vision_config, { out_hidden_size: 48 }),
      'out_hidden_size is 48, the text hidden_size 32',
    ],
  ])('%s is a fault that names the field', (_, spoil, cause) => {
    const json = tiny()
    const spoilt = spoil(json)
    const read = parseConfig(Array.isArray(spoilt) && spoilt.length === 0 ? spoilt : json)
    expect(read).toMatchObject(E.left({ _tag: 'BadCheckpoint', cause: expect.stringContaining(cause) }))
  })

  test('a missing file is a fault', async () =>
    expect(await readConfig('/nowhere')()).toMatchObject(E.left({ _tag: 'BadCheckpoint' })))
})
