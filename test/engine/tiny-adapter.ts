import * as tf from '@tensorflow/tfjs-core'
import { type Adapter, type AdapterShape, initAdapter } from 'kinograd/engine/tfjs'
import { uniformStream } from '../../src/engine/tfjs/tensors/random.ts'
import { right } from './golden.ts'
import { tinyConfig } from './tiny-config.ts'

/** The targets that people take, in decoder and tower. */
export const projections = ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj']

/** Everything that can be adapted: the tower with its convolution and merger too. */
export const everything = String.raw`.*(_proj|qkv|attn\.proj|patch_embed\.proj|merger\.mlp\.[02])`

export const shapeOf = (given: Partial<AdapterShape> = {}): AdapterShape => ({
  rank: 3,
  alpha: 6,
  targets: projections,
  ...given,
})

/** An adapter of which B is not zero, so that it changes what the model says. */
export const livelyAdapter = (given: Partial<AdapterShape> = {}, seed = 5): Adapter => {
  const adapter = right(initAdapter(tinyConfig, shapeOf(given), seed))
  const next = uniformStream(seed, 91)
  const lively = (name: string, x: tf.Tensor): tf.Tensor => {
    if (name.endsWith('.lora_A.weight')) return x
    x.dispose()
    return tf.tensor(
      Float32Array.from({ length: x.size }, () => 0.2 * next() - 0.1),
      x.shape,
    )
  }
  return { ...adapter, matrices: new Map([...adapter.matrices].map(([name, x]) => [name, lively(name, x)])) }
}
