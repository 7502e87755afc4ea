import { either as E } from 'fp-ts'
import { tokenizerOf } from 'kinograd/engine'
import { patches, secondsPerGrid } from 'kinograd/media'
import { describe, expect, test } from 'vitest'
import { promptMaker, tinyConfig } from '../../../examples/videop2r/policy.ts'
import { planWorld, promptOf, render, tokenizerFiles, toVideoRecord } from '../../../examples/videop2r/world/index.ts'

const right = <A>(either: E.Either<unknown, A>): A => {
  if (E.isLeft(either)) throw new Error(JSON.stringify(either.left))
  return either.right
}
const { tokenizerJson, tokenizerConfig } = tokenizerFiles()
const tokenizer = right(tokenizerOf({ tokenizer: tokenizerJson, config: tokenizerConfig }))

/** Every question of some clips, with the frames that a decoder would give of a lossless file. */
const size = { clips: 6, questions: 4 }
const none = { clips: 0, questions: 0 }
const items = planWorld({ seed: 5, sizes: { 'train-sft': size, 'train-rl': none, dev: none, test: none } }).flatMap(
  plan => {
    const frames = render(plan.scene)
    const clip = {
      ...{ path: plan.path, frameCount: frames.count, fps: 8, durationSeconds: frames.count / 8 },
      ...{ width: frames.width, height: frames.height, codec: 'h264', rotation: 0 },
    }
    return plan.records.map(record => ({ record: toVideoRecord(record), clip, frames }))
  },
)

describe("the example's prompts", () => {
  const make = promptMaker(tokenizer)

  test('are the chat marks, a pad for each merged unit, and the question, as the policy was always asked', () => {
    expect(items.length).toBe(24)
    for (const item of items) {
      const { ids, media } = right(make(item))
      const seen = { mean: [0.12, 0.12, 0.12], std: [1 / 3, 1 / 3, 1 / 3] } as const
      const expected = right(
        patches(item.frames, { ...seen, secondsPerGrid: secondsPerGrid(item.clip, item.frames.count) }),
      )
      const { values, ...rest } = expected
      expect(media).toHaveLength(1)
      expect(media[0]).toMatchObject(rest)
      expect(Buffer.from(media[0]!.values.buffer).equals(Buffer.from(values.buffer))).toBe(true)
      const pads = '<|video_pad|>'.repeat((expected.grid[0] * expected.grid[1] * expected.grid[2]) / 4)
      const words = `<|im_start|> user <|vision_start|>${pads}<|vision_end|> ${promptOf(item.record)} <|im_end|> <|im_start|> assistant`
      expect(ids).toEqual(right(tokenizer.encode(words)))
    }
  })

  test('share the patches of a clip', () => {
    const media = items.map(item => right(make(item)).media[0])
    expect(new Set(media).size).toBe(6)
  })

  test('are for a model of 0.75 million parameters', () => {
    expect(tinyConfig(tokenizer).text).toEqual({
      ...{ hiddenSize: 96, intermediateSize: 192, layers: 3, heads: 4, kvHeads: 2, headDim: 24 },
      ...{ vocabSize: tokenizer.size, rmsEps: 1e-6, ropeTheta: 10_000, mropeSection: [4, 4, 4] },
      ...{ maxPositions: 512, tied: false },
    })
  })
})
