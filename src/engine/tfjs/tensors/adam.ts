import * as tf from '@tensorflow/tfjs-core'
import { scoped } from './scoped.ts'

/** Flat vectors of one size. */
export interface AdamInputs {
  readonly gradient: tf.Tensor1D
  /** Running means of the gradient and of its square. */
  readonly mean: tf.Tensor1D
  readonly square: tf.Tensor1D
  readonly parameters: tf.Tensor1D
}

export interface AdamRates {
  readonly beta1: number
  readonly beta2: number
  readonly epsilon: number
  /** Decoupled: of the parameters, not of the gradient. */
  readonly weightDecay: number
  /** Counted from 1. */
  readonly step: number
  readonly learningRate: number
}

/** What is to be added to the parameters, and the new means. */
export interface AdamStep {
  readonly update: tf.Tensor1D
  readonly mean: tf.Tensor1D
  readonly square: tf.Tensor1D
}

/** A backend may have all of `adamStep` as one kernel of this name: inputs and attributes as here → update, mean, square. */
export const adamKernel = 'KinogradAdam'

/** Numbers that are updated at once: what is computed on the way stays small, and in the processor's caches. */
const piece = 2 ** 20

/** Vectors made piece by piece from the same pieces of others. All of one size. */
const inPieces = (
  inputs: readonly tf.Tensor1D[],
  work: (...parts: tf.Tensor1D[]) => readonly tf.Tensor1D[],
): readonly tf.Tensor1D[] => {
  const size = inputs[0]?.size ?? 0
  if (size <= piece) return scoped(() => work(...inputs))
  const parts = Array.from({ length: Math.ceil(size / piece) }, (_, i) =>
    scoped(() => work(...inputs.map(x => tf.slice1d(x, i * piece, Math.min(piece, size - i * piece))))),
  )
  return parts[0]!.map((_, o) => {
    const pieces = parts.map(outputs => outputs[o]!)
    const whole = tf.concat1d(pieces)
    tf.dispose(pieces)
    return whole
  })
}

const inTensors = (
  { gradient, mean, square, parameters }: AdamInputs,
  { beta1, beta2, epsilon, weightDecay, step, learningRate }: AdamRates,
): readonly tf.Tensor1D[] =>
  inPieces([gradient, mean, square, parameters], (g, oldMean, oldSquare, p) => {
    const m: tf.Tensor1D = tf.add(oldMean, tf.mul(1 - beta1, tf.sub(g, oldMean)))
    const v: tf.Tensor1D = tf.add(oldSquare, tf.mul(1 - beta2, tf.sub(tf.square(g), oldSquare)))
    const root = tf.add(tf.mul(tf.sqrt(v), 1 / Math.sqrt(1 - beta2 ** step)), epsilon)
    const moved: tf.Tensor1D = tf.mul(-learningRate / (1 - beta1 ** step), tf.div(m, root))
    return [weightDecay === 0 ? moved : tf.sub(moved, tf.mul(learningRate * weightDecay, p)), m, v]
  })

/**
 * One step of Adam with bias correction and decoupled weight decay (Kingma and Ba 2015, algorithm 1; Loshchilov and Hutter 2019,
 * algorithm 2): −η·(m̂ / (√v̂ + ε) + λ·θ). Its arguments stay the caller's. Memory: what it gives, and where a backend has no kernel
 * for it one vector more while that is put together.
 */
export const adamStep = (inputs: AdamInputs, rates: AdamRates): AdamStep => {
  const made =
    tf.getKernel(adamKernel, tf.getBackend()) === undefined
      ? inTensors(inputs, rates)
      : tf.engine().runKernel<tf.Tensor1D[]>(adamKernel, { ...inputs }, { ...rates })
  return { update: made[0]!, mean: made[1]!, square: made[2]! }
}
