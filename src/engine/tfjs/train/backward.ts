import * as tf from '@tensorflow/tfjs-core'
import { type Link, through } from '../model/link.ts'
import { withGradient } from '../tensors/own-gradient.ts'

/** Sums of gradients by the names of weights. They outlive every `tf.tidy`. */
export interface Gradients {
  readonly get: (name: string) => tf.Tensor | undefined
  /** Takes the gradient over. */
  readonly add: (name: string, gradient: tf.Tensor) => void
  /** Frees the sums of some. */
  readonly drop: (names: readonly string[]) => void
  readonly dispose: () => void
}

export const gradients = (): Gradients => {
  const sums = new Map<string, tf.Tensor>()
  return {
    get: name => sums.get(name),
    add: (name, gradient) => {
      const before = sums.get(name)
      sums.set(name, tf.keep(before === undefined ? gradient : tf.add(before, gradient)))
      if (before !== undefined) tf.dispose([before, gradient])
    },
    drop: names => {
      for (const name of names) {
        sums.get(name)?.dispose()
        sums.delete(name)
      }
    },
    dispose: () => tf.dispose([...sums.values()]),
  }
}

/** Consecutive links that go back under one tape, and the trained weights that they read. */
interface Segment {
  readonly links: readonly Link[]
  readonly names: readonly string[]
}

/**
 * A pass forward and backward through links, to be fed with what the loss says of their result.
 *
 * Links before the first that reads a trained weight run without a tape. The others are one segment, whose activations are all alive
 * at once; with `checkpointing` each is a segment of its own: the way forward keeps only what enters it, and the way back runs it
 * again under a tape of its own (Chen et al. 2016, "Training deep nets with sublinear memory cost"). The numbers are the same.
 * Memory without it: all activations and their gradients; with it: one row vector a link, and one link's activations and gradients.
 */
export const forwardBackward = (
  links: readonly Link[],
  start: tf.Tensor2D,
  trained: ReadonlyMap<string, tf.Tensor>,
  sums: Gradients,
  /** Gradient of the loss by the result. */
  slopeOf: (result: tf.Tensor2D) => tf.Tensor2D,
  { checkpointing }: { readonly checkpointing: boolean },
): void => {
  const names = [...trained.keys()]
  const readBy = (some: readonly Link[]) => names.filter(name => some.some(({ weights }) => name.startsWith(weights)))
  const first = links.findIndex(link => readBy([link]).length > 0)
  const frozen = first === -1 ? links : links.slice(0, first)
  const rest = links.slice(frozen.length)
  const segments = (checkpointing ? apart(rest) : [rest])
    .filter(part => part.length > 0)
    .map((part): Segment => ({ links: part, names: readBy(part) }))

  const inputs = [through(frozen, start)]
  for (const { links: part } of segments.slice(0, -1)) inputs.push(through(part, inputs.at(-1)!))
  if (segments.length === 0) {
    slopeOf(inputs[0]!).dispose()
    return
  }
  let slope: tf.Tensor2D | undefined
  for (let s = segments.length - 1; s >= 0; s--) {
    const { links: part, names: own } = segments[s]!
    const input = inputs[s]!
    const weights = own.map(name => trained.get(name)!)
    const after = slope
    const run = (): tf.Tensor => {
      const result = through(part, input)
      return after === undefined ? pairedWith(slopeOf)(result) : result
    }
    const by = s === 0 ? weights : [...weights, input]
    const { value, grads } = tf.engine().gradients(run, by, after, true)
    tf.dispose([value, ...(after === undefined ? [] : [after]), ...(input === start ? [] : [input])])
    own.forEach((name, i) => {
      const gradient = grads[i] as tf.Tensor | undefined
      if (gradient !== undefined) sums.add(name, gradient)
    })
    slope = grads[own.length] as tf.Tensor2D | undefined
  }
}

/** Every link alone but the last two, norm and layer: what goes back first needs no second run. */
const apart = (links: readonly Link[]): readonly (readonly Link[])[] => [
  ...links.slice(0, -2).map(link => [link]),
  links.slice(-2),
]

/** A scalar whose gradient is what `slopeOf` says, computed outside of the tape. */
const pairedWith =
  (slopeOf: (result: tf.Tensor2D) => tf.Tensor2D) =>
  (result: tf.Tensor2D): tf.Tensor =>
    withGradient<tf.Scalar>([result], save => {
      save([slopeOf(result)])
      return { value: tf.scalar(0), gradFunc: (_, saved) => saved[0]! }
    })
