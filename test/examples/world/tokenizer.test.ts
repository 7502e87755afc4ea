import { Tokenizer } from '@huggingface/tokenizers'
import { either as E } from 'fp-ts'
import { describe, expect, test } from 'vitest'
import {
  planWorld,
  promptOf,
  scriptedTeacher,
  tokenizerFiles,
  toVideoRecord,
  unknownWords,
  vocabulary,
} from '../../../examples/videop2r/world/index.ts'

const { tokenizerJson, tokenizerConfig } = tokenizerFiles()
const tokenizer = new Tokenizer(tokenizerJson, tokenizerConfig)

const texts = async (): Promise<readonly string[]> => {
  const size = { clips: 120, questions: 6 }
  const plans = planWorld({
    seed: 2,
    sizes: { 'train-sft': size, 'train-rl': size, dev: size, test: size },
    otherShare: 0.5,
  })
  const scenes = new Map(plans.flatMap(plan => plan.records.map(r => [String(r.problem_id), plan.scene] as const)))
  const teacher = scriptedTeacher({ scenes, seed: 2 })
  const records = plans.flatMap(plan => plan.records.map(toVideoRecord))
  const frames = { data: new Uint8Array(0), count: 0, height: 0, width: 0, times: [] }
  const chains = await Promise.all(
    records.map(async record => {
      const chain = await teacher.annotate({ record, prompt: '', frames }, new AbortController().signal)()
      return E.isRight(chain) ? chain.right : chain.left.cause
    }),
  )
  return [...records.map(promptOf), ...chains]
}

describe('the tokenizer files', () => {
  test('every question and chain encodes to known ids and back to the same text', async () => {
    for (const text of await texts()) {
      expect(unknownWords(text)).toEqual([])
      const { ids } = tokenizer.encode(text)
      expect(ids.every((id: number) => Number.isInteger(id) && id >= 0 && id < vocabulary.length)).toBe(true)
      expect(tokenizer.decode(ids)).toBe(text)
      expect(tokenizer.encode(tokenizer.decode(ids)).ids).toEqual(ids)
      expect(ids.length).toBeLessThanOrEqual(61)
    }
  })

  test('a token is its place in the vocabulary, and none is there twice', () => {
    expect(new Set(vocabulary).size).toBe(vocabulary.length)
    expect(vocabulary.map(token => tokenizer.encode(token).ids)).toEqual(vocabulary.map((_, id) => [id]))
  })

  test('special tokens are taken out on request, tags are not', () => {
    const { ids } = tokenizer.encode(
      '<|im_start|>user\n<|vision_start|><|video_pad|><|video_pad|><|vision_end|><think> so</think><|im_end|>',
    )
    const pads = ['<|vision_start|>', '<|video_pad|>', '<|video_pad|>', '<|vision_end|>']
    const tokens = ['<|im_start|>', 'user', ...pads, '<think>', 'so', '</think>', '<|im_end|>']
    expect(ids).toEqual(tokens.map(token => vocabulary.indexOf(token)))
    expect(tokenizer.decode(ids, { skip_special_tokens: true })).toBe('user <think> so </think>')
  })

  test('words without a token are named, also when they stick to a tag', () => {
    expect(unknownWords('what is the pink path ?')).toEqual(['pink'])
    expect(unknownWords('<think>so it is7 .</think>')).toEqual(['is7'])
  })
})
