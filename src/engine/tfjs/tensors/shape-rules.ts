import * as tf from '@tensorflow/tfjs-core'

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
type Attributes = Readonly<Record<string, unknown>>
export type ShapeRule = (inputs: Inputs, attributes: Attributes) => Output

const one = (shape: readonly number[]): Output => ({ shapes: [shape] })
const first = (inputs: Inputs): readonly number[] => (inputs[0] as Shaped).shape
const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1)

const likeInput: ShapeRule = inputs => one(first(inputs))

const broadcast: ShapeRule = ([a, b]) =>
  one(tf.broadcast_util.assertAndGetBroadcastShape([...(a as Shaped).shape], [...(b as Shaped).shape]))

const reduced =
  (axisName: string): ShapeRule =>
  (inputs, { [axisName]: axis, keepDims }) => {
    const shape = first(inputs)
    const axes = tf.util.parseAxisParam(axis as number[], [...shape])
    return one(shape.flatMap((n, i) => (axes.includes(i) ? (keepDims === true ? [1] : []) : [n])))
  }

const matMul: ShapeRule = ([a, b], { transposeA, transposeB }) => {
  const [left, right] = [(a as Shaped).shape, (b as Shaped).shape]
  const m = left.at(transposeA === true ? -1 : -2) as number
  const n = right.at(transposeB === true ? -2 : -1) as number
  const batch = tf.broadcast_util.assertAndGetBroadcastShape(left.slice(0, -2), right.slice(0, -2))
  return one([...batch, m, n])
}

const concat: ShapeRule = (inputs, { axis }) => {
  const at = tf.util.parseAxisParam(axis as number, [...first(inputs)])[0] as number
  const total = inputs.reduce((sum, { shape }) => sum + (shape[at] as number), 0)
  return one(first(inputs).map((n, i) => (i === at ? total : n)))
}

const split: ShapeRule = (inputs, { numOrSizeSplits, axis }) => {
  const shape = first(inputs)
  const at = tf.util.parseAxisParam(axis as number, [...shape])[0] as number
  const sizes =
    typeof numOrSizeSplits === 'number'
      ? Array<number>(numOrSizeSplits).fill((shape[at] as number) / numOrSizeSplits)
      : (numOrSizeSplits as readonly number[])
  return { shapes: sizes.map(size => shape.map((n, i) => (i === at ? size : n))) }
}

const reshaped: ShapeRule = (inputs, { shape }) => ({
  shapes: [tf.util.inferFromImplicitShape([...(shape as readonly number[])], sizeOf(first(inputs)))],
  shares: true,
})

const expanded: ShapeRule = (inputs, { dim }) => {
  const shape = [...first(inputs)]
  const at = dim as number
  shape.splice(at < 0 ? shape.length + 1 + at : at, 0, 1)
  return { shapes: [shape], shares: true }
}

const gathered: ShapeRule = ([table, indices], { axis }) => {
  const shape = (table as Shaped).shape
  const at = tf.util.parseAxisParam(axis as number, [...shape])[0] as number
  return one([...shape.slice(0, at), ...(indices as Shaped).shape, ...shape.slice(at + 1)])
}

const places = (shape: readonly number[]): readonly number[] => shape.slice(0, -1)

const gatheredNd: ShapeRule = ([params, indices]) => {
  const index = (indices as Shaped).shape
  return one([...places(index), ...(params as Shaped).shape.slice(index.at(-1))])
}

const ofAttribute: ShapeRule = (_, { shape }) => one(shape as readonly number[])

const scatteredNd: ShapeRule = ([, updates], { shape }) => ({
  shapes: [shape as readonly number[]],
  dtype: (updates as Shaped).dtype,
})

const sliced: ShapeRule = (inputs, { begin, size }) =>
  one(
    (size as readonly number[]).map((n, i) =>
      n === -1 ? (first(inputs)[i] as number) - ((begin as readonly number[])[i] as number) : n,
    ),
  )

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
  [tf.Cast, (inputs, { dtype }) => ({ shapes: [first(inputs)], dtype: dtype as tf.DataType })],
  [tf.Transpose, (inputs, { perm }) => one((perm as readonly number[]).map(axis => first(inputs)[axis] as number))],
  [tf.GatherV2, gathered],
  [tf.GatherNd, gatheredNd],
  ...each([tf.Fill, tf.BroadcastTo], ofAttribute),
  [tf.ScatterNd, scatteredNd],
  [tf.Tile, (inputs, { reps }) => one(first(inputs).map((n, i) => n * ((reps as readonly number[])[i] as number)))],
  [tf.Slice, sliced],
])
