import { expect, test } from 'vitest'
import { causalBias, completionBias, promptBias } from '../../src/engine/tfjs/model/attention-bias.ts'
import { layOut } from '../../src/engine/tfjs/model/batch-layout.ts'
import { packed } from '../../src/engine/tfjs/model/packing.ts'
import { tinyConfig } from './tiny-config.ts'
import { noise, promptOf } from './tiny-engine.ts'

/** Biases as texts: a point where a row sees, an x where it is blind; one text a row. */
const seen = (bias: Float32Array, width: number): readonly string[] =>
  Array.from({ length: bias.length / width }, (_, i) =>
    Array.from(bias.subarray(i * width, (i + 1) * width), x => (x === 0 ? '.' : 'x')).join(''),
  )

test('groups share their prompt: prompts padded to the longest, then completions', () => {
  const short = { prompt: promptOf([], [5]), completions: [Int32Array.of(7), Int32Array.of(8, 9)] }
  const long = { prompt: promptOf([], [5, 6, 4]), completions: [Int32Array.of(3)] }
  const laidOut = layOut([short, long], tinyConfig, 'qwen')
  expect(laidOut.counts).toEqual({ prompts: 2, promptLength: 4, completionsPerPrompt: 2, completionLength: 2 })
  expect([...laidOut.tokens]).toEqual([9, 5, 0, 0, 9, 5, 6, 4, 7, 0, 8, 9, 3, 0, 0, 0])
  expect([...laidOut.promptLengths]).toEqual([2, 4])
  // Time; the other axes are the same for text.
  expect([...laidOut.positions.subarray(0, 16)]).toEqual([0, 1, 0, 0, 0, 1, 2, 3, 2, 0, 2, 3, 4, 0, 0, 0])
  expect([...laidOut.predictedBy]).toEqual([1, 1, 10, 7])
  expect([...laidOut.targets]).toEqual([7, 8, 9, 3])
  expect([...laidOut.lengths]).toEqual([1, 2, 1])
})

test('one completion a prompt: one sequence each, nothing is shared', () => {
  const laidOut = layOut([{ prompt: promptOf([], [5]), completions: [Int32Array.of(7, 8)] }], tinyConfig, 'qwen')
  expect(laidOut.counts).toEqual({ prompts: 1, promptLength: 4, completionsPerPrompt: 0, completionLength: 0 })
  expect([...laidOut.tokens]).toEqual([9, 5, 7, 8])
  expect([...laidOut.predictedBy]).toEqual([1, 2])
})

test('packed: no row but the last is padding, none the last token of a completion, and places are as they were', () => {
  const short = { prompt: promptOf([], [5]), completions: [Int32Array.of(7), Int32Array.of(8, 9)] }
  const long = { prompt: promptOf([], [5, 6, 4]), completions: [Int32Array.of(3)] }
  const padded = layOut([short, long], tinyConfig, 'qwen')
  const { tokens, unitOf, predictedBy, packing, ...rest } = packed(padded)
  expect([...tokens]).toEqual([9, 5, 9, 5, 6, 4, 8, 0])
  expect([...unitOf]).toEqual(new Array(8).fill(-1))
  expect([...predictedBy]).toEqual([1, 1, 6, 5])
  expect([...(packing?.rowAt ?? [])]).toEqual([0, 1, 7, 7, 2, 3, 4, 5, 7, 7, 6, 7, 7, 7, 7, 7])
  expect([...(packing?.placeOf ?? [])]).toEqual([0, 1, 4, 5, 6, 7, 10, 2])
  expect(rest.positions).toBe(padded.positions)
  // What is full already stays as it is.
  const full = layOut(
    [{ prompt: promptOf([], new Array(40).fill(5)), completions: [Int32Array.of(7)] }],
    tinyConfig,
    'qwen',
  )
  expect(packed(full)).toBe(full)
})

test('a clip that two prompts hold is seen once; its units stand in the rows of both', () => {
  const [clip, other] = [noise(1, [1, 4, 4]), noise(2, [1, 2, 4])]
  const groups = [promptOf([clip], []), promptOf([other, clip], [])].map(prompt => ({ prompt, completions: [] }))
  const { media, unitOf, tokens } = layOut(groups, tinyConfig, 'qwen')
  expect(media).toEqual([clip, other])
  expect([...unitOf].filter(unit => unit >= 0)).toEqual([0, 1, 2, 3, 4, 5, 0, 1, 2, 3])
  expect([...tokens].filter((_, row) => unitOf[row]! >= 0).every(token => token === 0)).toBe(true)
})

test('biases: causal, blind to padding, and a completion sees its own prompt alone', () => {
  expect(seen(causalBias(3), 3)).toEqual(['.xx', '..x', '...'])
  // Padding sees itself, so that no row sees nothing.
  expect(seen(promptBias(Int32Array.of(1, 3), 3), 3)).toEqual(['.xx', '..x', '.x.', '.xx', '..x', '...'])
  expect(seen(completionBias(Int32Array.of(1), 3, 2), 5)).toEqual(['.xx.x', '.xx..'])
})
