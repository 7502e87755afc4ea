import * as tf from '@tensorflow/tfjs-core'
import { narrowKernel } from './narrow.ts'
import { widenKernel } from './widen.ts'

/** A tensor without numbers. */
export interface Shaped {
  readonly shape: readonly number[]
  readonly dtype: tf.DataType
}

/** What a kernel's output looks like; `'input'`: it is its first input under another shape and takes no memory. */
interface Output {
  readonly shapes: readonly (readonly number[])[]
  readonly shares?: boolean
  readonly dtype?: tf.DataType
}

type Inputs = readonly Shaped[]
/** The attributes that shapes depend on, as tfjs's kernels have them. Which a kernel has, its rule knows. */
interface Attributes {
  readonly axis?: number | number[] | null
  readonly reductionIndices?: number | number[]
  readonly keepDims?: boolean
  readonly transposeA?: boolean
  readonly transposeB?: boolean
  readonly numOrSizeSplits?: number | readonly number[]
  readonly shape?: readonly number[]
  readonly dim?: number
  readonly begin?: readonly number[]
  readonly size?: readonly number[]
  readonly perm?: readonly number[]
  readonly reps?: readonly number[]
  readonly dtype?: tf.DataType
}
export type ShapeRule = (inputs: Inputs, attributes: Attributes) => Output

const one = (shape: readonly number[]): Output => ({ shapes: [shape] })
/** Axes counted from the front; all, where none is given. */
const axesOf = (axis: number | number[] | null | undefined, shape: readonly number[]): number[] =>
  tf.util.parseAxisParam(axis ?? shape.map((_, i) => i), [...shape])
const first = (inputs: Inputs): readonly number[] => inputs[0]!.shape
const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1)

const likeInput: ShapeRule = inputs => one(first(inputs))

const broadcast: ShapeRule = ([a, b]) => one(tf.broadcast_util.assertAndGetBroadcastShape([...a!.shape], [...b!.shape]))

const reduced =
  (axisName: 'axis' | 'reductionIndices'): ShapeRule =>
  (inputs, { [axisName]: axis, keepDims }) => {
    const shape = first(inputs)
    const axes = axesOf(axis, shape)
    return one(shape.flatMap((n, i) => (axes.includes(i) ? (keepDims === true ? [1] : []) : [n])))
  }

const matMul: ShapeRule = ([a, b], { transposeA, transposeB }) => {
  const [left, right] = [a!.shape, b!.shape]
  const m = left.at(transposeA === true ? -1 : -2)!
  const n = right.at(transposeB === true ? -2 : -1)!
  const batch = tf.broadcast_util.assertAndGetBroadcastShape(left.slice(0, -2), right.slice(0, -2))
  return one([...batch, m, n])
}

const concat: ShapeRule = (inputs, { axis }) => {
  const at = axesOf(axis, first(inputs))[0]!
  const total = inputs.reduce((sum, { shape }) => sum + shape[at]!, 0)
  return one(first(inputs).map((n, i) => (i === at ? total : n)))
}

const split: ShapeRule = (inputs, { numOrSizeSplits, axis }) => {
  const shape = first(inputs)
  const at = axesOf(axis, shape)[0]!
  const sizes =
    typeof numOrSizeSplits === 'number'
      ? Array<number>(numOrSizeSplits).fill(shape[at]! / numOrSizeSplits)
      : numOrSizeSplits!
  return { shapes: sizes.map(size => shape.map((n, i) => (i === at ? size : n))) }
}

const reshaped: ShapeRule = (inputs, { shape }) => ({
  shapes: [tf.util.inferFromImplicitShape([...shape!], sizeOf(first(inputs)))],
  shares: true,
})

const expanded: ShapeRule = (inputs, { dim }) => {
  const shape = [...first(inputs)]
  const at = dim!
  shape.splice(at < 0 ? shape.length + 1 + at : at, 0, 1)
  return { shapes: [shape], shares: true }
}

const gathered: ShapeRule = ([table, indices], { axis }) => {
  const shape = table!.shape
  const at = axesOf(axis, shape)[0]!
  return one([...shape.slice(0, at), ...indices!.shape, ...shape.slice(at + 1)])
}

const places = (shape: readonly number[]): readonly number[] => shape.slice(0, -1)

const gatheredNd: ShapeRule = ([params, indices]) => {
  const index = indices!.shape
  return one([...places(index), ...params!.shape.slice(index.at(-1))])
}

const ofAttribute: ShapeRule = (_, { shape }) => one(shape!)

const scatteredNd: ShapeRule = ([, updates], { shape }) => ({
  shapes: [shape!],
  dtype: updates!.dtype,
})

const sliced: ShapeRule = (inputs, { begin, size }) =>
  one(size!.map((n, i) => (n === -1 ? first(inputs)[i]! - begin![i]! : n)))

const each = (names: readonly string[], rule: ShapeRule): readonly (readonly [string, ShapeRule])[] =>
  names.map(name => [name, rule] as const)

/** Shapes of what the kernels give that the engine runs. */
export const shapeRules: ReadonlyMap<string, ShapeRule> = new Map([
  ...each([tf.Exp, tf.Log, tf.Sqrt, tf.Rsqrt, tf.Square, tf.Sigmoid, tf.Erf, tf.Neg, tf.Abs], likeInput),
  ...each([tf.ZerosLike, tf.OnesLike, tf.Softmax, tf.Reverse], likeInput),
  ...each([tf.Add, tf.Sub, tf.Multiply, tf.RealDiv, tf.Maximum, tf.Minimum], broadcast),
  ...each([tf.Sum, tf.Mean], reduced('axis')),
  [tf.Max, reduced('reductionIndices')],
  [tf.BatchMatMul, matMul],
  [tf.Concat, concat],
  [tf.SplitV, split],
  [tf.Reshape, reshaped],
  [tf.ExpandDims, expanded],
  [tf.Identity, inputs => ({ shapes: [first(inputs)], shares: true })],
  [tf.Cast, (inputs, { dtype }) => ({ shapes: [first(inputs)], dtype: dtype! })],
  [tf.Transpose, (inputs, { perm }) => one(perm!.map(axis => first(inputs)[axis]!))],
  [tf.GatherV2, gathered],
  [tf.GatherNd, gatheredNd],
  ...each([tf.Fill, tf.BroadcastTo], ofAttribute),
  [tf.ScatterNd, scatteredNd],
  [tf.Tile, (inputs, { reps }) => one(first(inputs).map((n, i) => n * reps![i]!))],
  [tf.Slice, sliced],
  [narrowKernel, inputs => ({ shapes: [[Math.ceil(sizeOf(first(inputs)) / 2)]], dtype: 'int32' })],
  [widenKernel, (_, { shape }) => ({ shapes: [shape!], dtype: 'float32' })],
])
