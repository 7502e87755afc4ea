import * as tf from '@tensorflow/tfjs-core'
import { either as E } from 'fp-ts'
import { defect } from '../../../flow/index.ts'
import type { EngineFault } from '../../engine.ts'
import type { Qwen25VLConfig } from '../model/config.ts'
import { adapterScaleName, disposeParameters, type Parameters } from '../model/parameters.ts'
import { shapeOf } from '../tensors/packed.ts'
import { product } from '../tensors/products.ts'
import { uniformStream } from '../tensors/random.ts'
import { asFloats } from '../tensors/widen.ts'
import { byPattern } from './patterns.ts'
import type { AdapterShape } from './shape.ts'
import { matrixShapes } from './targets.ts'

const downEnd = '.lora_A.weight'

/**
 * A low-rank adapter (Hu et al. 2021, equation 3): W + scale · B·A for every target. Its matrices by the names of the weights that
 * they change, `….lora_A.weight` [rank, in] and `….lora_B.weight` [out, rank].
 */
export interface Adapter extends AdapterShape {
  readonly matrices: Parameters
}

/**
 * What B·A is multiplied by, by module: alpha / rank, with rsLoRA alpha / √rank (Kalajdzievski 2023), each of the module's own. Throws a
 * `Defect` where the patterns are none, which `matrixShapes` says before.
 */
export const adapterScales = ({
  matrices,
  alpha,
  alphaPattern = {},
  rslora = false,
}: Adapter): ReadonlyMap<string, number> => {
  const ranks = [...matrices].flatMap(([name, { shape }]) =>
    name.endsWith(downEnd) ? [[name.slice(0, -downEnd.length), shape[0]!] as const] : [],
  )
  const alphas = byPattern(
    'alpha_pattern',
    alphaPattern,
    ranks.map(([module]) => module),
  )
  if (E.isLeft(alphas)) throw defect(alphas.left)
  return new Map(
    ranks.map(([module, rank]) => [module, (alphas.right.get(module) ?? alpha) / (rslora ? Math.sqrt(rank) : rank)]),
  )
}

/** The scales as scalars under the names by which an adapted model has them. The caller's to free. */
export const scaleTensors = (adapter: Adapter): Parameters => {
  const scalars = new Map<number, tf.Scalar>()
  return new Map(
    [...adapterScales(adapter)].map(([module, scale]) => {
      const scalar = scalars.get(scale) ?? tf.scalar(scale)
      scalars.set(scale, scalar)
      return [adapterScaleName(module), scalar]
    }),
  )
}

/**
 * A fresh adapter as PEFT makes it: A uniform in ±1/√in, B zero, so that it changes nothing yet. The same seed gives the same numbers
 * on every backend. `Left('BadAdapter')`: a target that the model has not, a rank or alpha that is none.
 */
export const initAdapter = (
  config: Qwen25VLConfig,
  shape: AdapterShape,
  seed: number,
): E.Either<EngineFault, Adapter> =>
  E.map((shapes: ReadonlyMap<string, readonly number[]>): Adapter => {
    const uniform = uniformStream(seed, 0x10aa)
    const make = (name: string, dimensions: readonly number[]): tf.Tensor => {
      const values = new Float32Array(dimensions.reduce((a, b) => a * b, 1))
      if (name.endsWith(downEnd)) {
        const bound = Math.sqrt(dimensions[0]! / values.length)
        for (let i = 0; i < values.length; i++) values[i] = bound * (2 * uniform() - 1)
      }
      return tf.tensor(values, [...dimensions])
    }
    return { ...shape, matrices: new Map([...shapes].map(([name, s]) => [name, make(name, s)])) }
  })(matrixShapes(config, shape))

/**
 * The parameters of a model with its adapter on: the matrices stand beside the weights that they change, and `scales` (`scaleTensors`) are
 * what each B·A is multiplied by. The tensors are the same as before.
 */
export const adapted = (parameters: Parameters, { matrices }: Adapter, scales: Parameters): Parameters =>
  new Map([...parameters, ...matrices, ...scales])

/**
 * The weights that a model without an adapter needs to compute the same: W + scale · B·A. Weights that the adapter does not change
 * are the same tensors as before; the others are new, and the caller's to free. The arguments stay as they are.
 * Of files: `readWeights`, `readAdapter`, this, `writeWeights`.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import * as tf from '@tensorflow/tfjs-core'
 * import { type Adapter, mergeAdapter, selectBackend } from 'kinograd/engine/tfjs'
 *
 * await selectBackend({ backend: 'cpu' })()
 * const at = 'model.layers.0.self_attn.q_proj'
 * const adapter: Adapter = {
 *   rank: 1,
 *   alpha: 2,
 *   targets: ['q_proj'],
 *   matrices: new Map([
 *     [`${at}.lora_A.weight`, tf.tensor2d([[1, 10]])],
 *     [`${at}.lora_B.weight`, tf.tensor2d([[3], [0]])],
 *   ]),
 * }
 * const merged = mergeAdapter(new Map([[`${at}.weight`, tf.ones([2, 2])]]), adapter)
 * assert.deepEqual([...(merged.get(`${at}.weight`)?.dataSync() ?? [])], [7, 61, 1, 1])
 * ```
 */
export const mergeAdapter = (parameters: Parameters, adapter: Adapter): Parameters => {
  const scales = adapterScales(adapter)
  return new Map(
    [...parameters].map(([name, w]) => {
      const at = name.replace(/\.weight$/, '')
      const [a, b] = [adapter.matrices.get(`${at}.lora_A.weight`), adapter.matrices.get(`${at}.lora_B.weight`)]
      if (a === undefined || b === undefined) return [name, w]
      const flat = (x: tf.Tensor): tf.Tensor => tf.reshape(x, [x.shape[0]!, -1])
      const merged = tf.tidy(() =>
        tf.add(asFloats(w), tf.reshape(tf.mul(product(flat(b), flat(a)), scales.get(at)!), [...shapeOf(w)])),
      )
      return [name, merged]
    }),
  )
}

/** Frees the matrices of an adapter. */
export const disposeAdapter = ({ matrices }: Adapter): void => disposeParameters(matrices)
