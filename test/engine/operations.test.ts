import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, test } from 'vitest'
import { promptBias } from '../../src/engine/tfjs/model/attention-bias.ts'
import { type Rotation, rotate, rotation } from '../../src/engine/tfjs/model/rotary.ts'
import { gelu, rmsNormalise, swiglu } from '../../src/engine/tfjs/tensors/activations.ts'
import { attend } from '../../src/engine/tfjs/tensors/attention.ts'
import { attendCausally, blockRows, causalBlocks } from '../../src/engine/tfjs/tensors/causal-attention.ts'
import { gatherRows, moveRows } from '../../src/engine/tfjs/tensors/gather.ts'
import { registerGradients } from '../../src/engine/tfjs/tensors/gradient-rules.ts'
import { linear } from '../../src/engine/tfjs/tensors/linear.ts'
import { differentiableProduct } from '../../src/engine/tfjs/tensors/products.ts'
import { uniformStream } from '../../src/engine/tfjs/tensors/random.ts'
import { type Segments, segmentAttention, segments } from '../../src/engine/tfjs/tensors/segments.ts'
import { add, concat, reshape, scale } from '../../src/engine/tfjs/tensors/unsaved.ts'
import { backends, use } from './backends.ts'
import { apart } from './tiny-engine.ts'

type Operation = (...inputs: tf.Tensor[]) => tf.Tensor

const random = (size: number, seed: number): Float32Array => {
  const next = uniformStream(seed, 79)
  return Float32Array.from({ length: size }, () => 2 * next() - 1)
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1)
const step = 2 ** -7

/** Gradient of Σ w·f by every input, by tfjs, and by central differences of the values summed in float64. */
const gradients = (f: Operation, shapes: readonly (readonly number[])[]) => {
  const inputs = shapes.map((shape, i) => random(sizeOf(shape), i + 1))
  const made = (values: readonly Float32Array[]) => values.map((v, i) => tf.tensor(v, [...(shapes[i] ?? [])]))
  const run = (values: readonly Float32Array[]): Float32Array =>
    tf.tidy(() => f(...made(values)).dataSync()) as unknown as Float32Array
  const outer = random(run(inputs).length, 99)
  const loss = (values: readonly Float32Array[]): number => run(values).reduce((n, y, i) => n + y * (outer[i] ?? 0), 0)
  const analytic = tf.tidy(() => {
    const given = made(inputs)
    const dy = tf.tensor(outer, f(...given).shape)
    return tf
      .grads(f)(given, dy)
      .map(g => Float32Array.from(g.dataSync())) as unknown as tf.TensorContainer
  }) as unknown as readonly Float32Array[]
  const numeric = inputs.map((input, i) =>
    input.map((_, j) => {
      const shifted = (by: number) => inputs.map((v, k) => (k === i ? v.map((x, l) => (l === j ? x + by : x)) : v))
      return (loss(shifted(step)) - loss(shifted(-step))) / (2 * step)
    }),
  )
  return { analytic, numeric }
}

const int = (values: readonly number[]): tf.Tensor1D => tf.tensor1d([...values], 'int32')
const angles = Float32Array.from({ length: 3 * 2 }, (_, i) => i / 3)

const rotated =
  (by: Rotation): Operation =>
  x =>
    rotate(x as tf.Tensor3D, by)
/** Two prompts of which each has two completions of 3 tokens and 2 heads, over 5 tokens of its prompt and its own. */
const attendedBoth =
  (bias: tf.Tensor): Operation =>
  (q, keys, ownKeys, values, ownValues) =>
    attend(q as tf.Tensor, {
      keys: [keys as tf.Tensor3D, ownKeys as tf.Tensor3D],
      values: [values as tf.Tensor3D, ownValues as tf.Tensor3D],
      rows: [2, 4, 3],
      bias,
    })
/** Two sequences of 5 and 3 tokens with two heads a key, in blocks of so many rows. */
const inBlocks = (sizes: readonly number[]): Operation => {
  const blocks = causalBlocks(sizes, promptBias(Int32Array.of(5, 3), 5), 2)
  return (q, keys, values) =>
    attendCausally(q as tf.Tensor, { keys: keys as tf.Tensor3D, values: values as tf.Tensor3D }, blocks)
}
const inBlocksOf = [
  [2, 1, 2, 5, 4],
  [2, 5, 4],
  [2, 5, 4],
] as const
const scaled =
  (by: tf.Tensor): Operation =>
  x =>
    scale(x as tf.Tensor, by)
const gathered =
  (index: tf.Tensor1D): Operation =>
  t =>
    gatherRows(t as tf.Tensor, index)
const moved =
  (index: tf.Tensor1D, inverse: tf.Tensor1D): Operation =>
  t =>
    moveRows(t as tf.Tensor, index, inverse)
const attended =
  (runs: Segments): Operation =>
  (q, k, v) =>
    segmentAttention(q as tf.Tensor3D, k as tf.Tensor3D, v as tf.Tensor3D, runs)

/** Each is made outside of the differentiated function: an operation does not own its constants. */
const operations: readonly (readonly [string, () => Operation, readonly (readonly number[])[]])[] = [
  ['rmsNormalise', () => x => rmsNormalise(x as tf.Tensor, 1e-6), [[3, 5]]],
  [
    'swiglu',
    () => (g, u) => swiglu(g as tf.Tensor, u as tf.Tensor),
    [
      [3, 4],
      [3, 4],
    ],
  ],
  ['gelu', () => x => gelu(x as tf.Tensor), [[3, 4]]],
  ['rotate', () => rotated(rotation(angles, 3, 4)), [[3, 2, 4]]],
  ['reshape', () => x => reshape(x as tf.Tensor, [4, 3]), [[2, 6]]],
  [
    'concat',
    () => (a, b) => concat([a as tf.Tensor, b as tf.Tensor], 1),
    [
      [3, 1],
      [3, 2],
    ],
  ],
  ['concat of one', () => x => concat([x as tf.Tensor], 0), [[3, 2]]],
  ['scale', () => scaled(tf.tensor2d([2, -1, 3], [3, 1])), [[3, 4]]],
  [
    'attention to two sources',
    () => attendedBoth(tf.randomUniform([2, 1, 3, 8], -1, 1, 'float32', 4)),
    [
      [2, 2, 2, 3, 4],
      [2, 5, 4],
      [8, 3, 4],
      [2, 5, 4],
      [8, 3, 4],
    ],
  ],
  ['causal attention in blocks', () => inBlocks([2, 2, 1]), inBlocksOf],
  ['gatherRows with repeats', () => gathered(int([2, 0, 2, 2, 1])), [[4, 3]]],
  ['moveRows', () => moved(int([2, 0, 1]), int([1, 2, 0])), [[3, 4]]],
  [
    'attention in equal segments',
    () => attended(segments([3, 3])),
    [
      [6, 2, 4],
      [6, 2, 4],
      [6, 2, 4],
    ],
  ],
  [
    'attention in unequal segments',
    () => attended(segments([1, 3, 2])),
    [
      [6, 2, 4],
      [6, 2, 4],
      [6, 2, 4],
    ],
  ],
  [
    'product',
    () => (a, b) => differentiableProduct(a as tf.Tensor, b as tf.Tensor),
    [
      [2, 3, 4],
      [2, 4, 2],
    ],
  ],
  [
    'product transposed',
    () => (a, b) => differentiableProduct(a as tf.Tensor, b as tf.Tensor, true),
    [
      [2, 3, 4],
      [2, 2, 4],
    ],
  ],
  ['linear', () => (x, w, b) => linear(x as tf.Tensor, [w as tf.Tensor, b as tf.Tensor]), [[3, 4], [2, 4], [2]]],
  [
    'add, broadcast',
    () => (a, b) => add(a as tf.Tensor, b as tf.Tensor),
    [
      [2, 3, 4],
      [3, 1],
    ],
  ],
  [
    'multiply, broadcast',
    () => (a, b) => tf.mul(a as tf.Tensor, b as tf.Tensor),
    [
      [3, 1],
      [2, 3, 4],
    ],
  ],
  ['transpose', () => a => tf.transpose(a as tf.Tensor, [2, 0, 1]), [[2, 3, 4]]],
  ['split', () => a => tf.mul(...(tf.split(a as tf.Tensor, [2, 2], 1) as [tf.Tensor, tf.Tensor])), [[3, 4]]],
]

describe.each(backends)('gradients on %s equal central differences', backend => {
  beforeAll(async () => {
    await use(backend)
    registerGradients()
  }, 180_000)

  test.each(operations)('%s', (_, make, shapes) => {
    const { analytic, numeric } = gradients(make(), shapes)
    expect(analytic).toHaveLength(shapes.length)
    for (const [i, expected] of numeric.entries()) expect(apart(analytic[i] ?? [], expected)).toBeLessThan(1e-3)
  })

  test('attention in blocks is that of whole sequences', () => {
    const [whole, blocks] = [[5], [2, 2, 1]].map(sizes =>
      tf.tidy(() => {
        const inputs = inBlocksOf.map((shape, i) => tf.tensor(random(sizeOf(shape), i + 1), [...shape]))
        return inBlocks(sizes)(...inputs).dataSync()
      }),
    )
    expect(apart(blocks!, whole!)).toBeLessThan(1e-6)
  })
})

test('blocks of rows are about equal, and one where sequences are short', () => {
  expect(blockRows(0)).toEqual([0])
  expect(blockRows(256)).toEqual([256])
  expect(blockRows(257)).toEqual([85, 86, 86])
  expect(blockRows(1000)).toEqual(Array(8).fill(125))
})
