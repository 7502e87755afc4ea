import * as tf from '@tensorflow/tfjs-core'
import { halfSquaresKernel } from '../../tensors/norm.ts'
import { type Shaped, shapeRules } from '../../tensors/shape-rules.ts'
import { storedTypes, typeNumbers } from '../binding.ts'

/** A call of one of TensorFlow's kernels, before it runs. */
export interface Call {
  readonly inputs: readonly Shaped[]
  readonly attribute: (name: string) => unknown
  /** The numbers of a small input that is a constant, such as axes or a shape; nothing where they are not known yet. */
  readonly numbers: (input: number) => readonly number[] | undefined
}

/** The same in tfjs's terms, which have as attributes what TensorFlow has as inputs. An attribute may be unknown. */
interface Lifted {
  readonly kernel: string
  readonly inputs: readonly Shaped[]
  readonly attributes: Readonly<Record<string, unknown>>
}

type Lift = (call: Call) => Lifted

const plain =
  (kernel: string): Lift =>
  ({ inputs }) => ({ kernel, inputs, attributes: {} })

/** Of the first input alone. */
const shaped =
  (kernel: string, attributes: (call: Call) => Lifted['attributes']): Lift =>
  call => ({ kernel, inputs: call.inputs.slice(0, 1), attributes: attributes(call) })

const reduction = (kernel: string, axes: string): Lift =>
  shaped(kernel, ({ numbers, attribute }) => ({ [axes]: numbers(1), keepDims: attribute('keep_dims') }))

const product =
  (a: string, b: string): Lift =>
  ({ inputs, attribute }) => ({
    kernel: tf.BatchMatMul,
    inputs,
    attributes: { transposeA: attribute(a), transposeB: attribute(b) },
  })

const each = (names: readonly string[], lift: (name: string) => Lift) => names.map(name => [name, lift(name)] as const)

/** The type of that number of TensorFlow's. */
const typeOf = (given: unknown): string | undefined =>
  Object.entries(typeNumbers).find(([, number]) => number === given)?.[0]

const lifts: ReadonlyMap<string, Lift> = new Map([
  ...each([tf.Exp, tf.Log, tf.Sqrt, tf.Rsqrt, tf.Square, tf.Sigmoid, tf.Erf, tf.Neg, tf.Abs], plain),
  ...each([tf.ZerosLike, tf.Softmax, tf.Add, tf.Sub, tf.RealDiv, tf.Maximum, tf.Minimum, tf.GatherNd], plain),
  ['Mul', plain(tf.Multiply)],
  [halfSquaresKernel, shaped(tf.Sum, () => ({ axis: null }))],
  [tf.Cast, shaped(tf.Cast, ({ attribute }) => ({ dtype: typeOf(attribute('DstT')) }))],
  ...each([tf.Sum, tf.Mean], name => reduction(name, 'axis')),
  [tf.Max, reduction(tf.Max, 'reductionIndices')],
  ['MatMul', product('transpose_a', 'transpose_b')],
  ...each(['BatchMatMulV2', 'BatchMatMulV3'], () => product('adj_x', 'adj_y')),
  [
    'ConcatV2',
    ({ inputs, numbers }) => ({
      kernel: tf.Concat,
      inputs: inputs.slice(0, -1),
      attributes: { axis: numbers(inputs.length - 1)?.[0] },
    }),
  ],
  [tf.SplitV, shaped(tf.SplitV, ({ numbers }) => ({ numOrSizeSplits: numbers(1), axis: numbers(2)?.[0] }))],
  [tf.Slice, shaped(tf.Slice, ({ numbers }) => ({ begin: numbers(1), size: numbers(2) }))],
  ['ReverseV2', shaped(tf.Reverse, () => ({}))],
  [tf.Reshape, shaped(tf.Reshape, ({ numbers }) => ({ shape: numbers(1) }))],
  [tf.ExpandDims, shaped(tf.ExpandDims, ({ numbers }) => ({ dim: numbers(1)?.[0] }))],
  [tf.Transpose, shaped(tf.Transpose, ({ numbers }) => ({ perm: numbers(1) }))],
  [tf.Tile, shaped(tf.Tile, ({ numbers }) => ({ reps: numbers(1) }))],
  [tf.GatherV2, ({ inputs, numbers }) => ({ kernel: tf.GatherV2, inputs, attributes: { axis: numbers(2)?.[0] } })],
  [tf.ScatterNd, ({ inputs, numbers }) => ({ kernel: tf.ScatterNd, inputs, attributes: { shape: numbers(2) } })],
])

/** What a kernel gives. */
export interface Outcome {
  readonly shapes: readonly (readonly number[])[]
  /** TensorFlow's number of the type; nothing where it has none of those that graphs have. */
  readonly type: number | undefined
}

const bitsOf = new Map<unknown, number>([
  [typeNumbers.float32, 32],
  [storedTypes.BF16, 16],
  [storedTypes.F16, 16],
  [storedTypes.I8, 8],
])

/** Words of 32 bits as numbers of that type: of smaller ones, several a word, on an axis of their own. */
const bitcast = ({ inputs, attribute }: Call): Outcome | undefined => {
  const type = attribute('type')
  const bits = bitsOf.get(type)
  if (bits === undefined) return undefined
  const { shape } = inputs[0]!
  return { shapes: [bits === 32 ? shape : [...shape, 32 / bits]], type: Number(type) }
}

/** What a kernel would give; nothing where that is known only when it has run. */
export const outcomeOf = (name: string, call: Call): Outcome | undefined => {
  if (name === 'Bitcast') return bitcast(call)
  const lifted = lifts.get(name)?.(call)
  if (lifted === undefined || Object.values(lifted.attributes).includes(undefined)) return undefined
  const { kernel, inputs, attributes } = lifted
  const outcome = shapeRules.get(kernel)?.(inputs, attributes)
  return outcome && { shapes: outcome.shapes, type: typeNumbers[outcome.dtype ?? inputs[0]!.dtype] }
}
