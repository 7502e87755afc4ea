import * as tf from '@tensorflow/tfjs-core'
import { either as E } from 'fp-ts'
import { fault } from '../../../flow/index.ts'
import type { EngineFault } from '../../engine.ts'
import { inGraphs } from '../native/graph/in-graphs.ts'
import { normOf, normsOf } from '../tensors/norm.ts'
import { scoped } from '../tensors/scoped.ts'
import { flatten, unflatten } from './gradient.ts'
import type { Optimiser, OptimiserState } from './optimiser.ts'

/** What a step gives: the new parameters in their order, and what the optimiser remembers. All the caller's to free. */
export interface Stepped {
  readonly parameters: readonly tf.Tensor[]
  readonly state: OptimiserState
  /** Of the gradient as it came. */
  readonly gradientNorm: number
}

/**
 * One step of the optimiser: parameters and the flat gradient of all of them → new parameters. The arguments stay the caller's.
 * `Left('NotFinite')` when gradient, step or result are not finite: nothing is made then. Memory, beside the arguments: six flat
 * vectors with AdamW.
 */
export const takeStep = (
  parameters: readonly tf.Tensor[],
  gradient: tf.Tensor1D,
  state: OptimiserState,
  optimiser: Optimiser,
  learningRate: number,
): E.Either<EngineFault, Stepped> =>
  // What an optimiser leaves behind that throws is freed with the scope.
  inGraphs(() =>
    scoped(() => {
      const before = flatten(parameters)
      const { update, state: next } = optimiser.update(gradient, state, before, learningRate)
      const after = tf.tidy(() => tf.add<tf.Tensor1D>(before, update))
      before.dispose()
      // A step that is not finite leads to parameters that are not.
      const [gradientNorm = Number.NaN, norm = Number.NaN] = normsOf([gradient, after])
      if (![gradientNorm, norm].every(Number.isFinite)) {
        const stepNorm = normOf(update)
        tf.dispose([update, after])
        tf.dispose(Object.values(next.slots))
        return E.left(
          fault(
            'NotFinite',
            `at learning rate ${learningRate} a gradient of norm ${gradientNorm} makes a step of norm ${stepNorm}`,
            'The step was not taken and its gradient dropped. Look at the batch and the learning rate.',
          ),
        )
      }
      update.dispose()
      const shapes = parameters.map(({ shape }) => shape)
      const moved = unflatten(after, shapes)
      after.dispose()
      return E.right({ parameters: moved, state: next, gradientNorm })
    }),
  )
