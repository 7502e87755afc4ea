import * as tf from '@tensorflow/tfjs-core'
import { flag, float, type NodeBackend } from './binding.ts'

/** Below this many multiplications a batch of products is quicker on one thread than through oneDNN (measured: 20 against 105 µs). */
const small = 1_000_000

/**
 * Replaces tfjs-node's one product kernel by the three of TensorFlow that are quickest for their shapes: `MatMul` for matrices (35 µs
 * at 64×96×192, `BatchMatMulV2` takes 100), `BatchMatMulV3` for small batches, `BatchMatMulV2` (oneDNN) for large ones, and for large
 * matrices of which the first is transposed, as in gradients of weights (10.2 against 11.6 ms at 1536×1624×512). `MatMul` calls the part
 * of oneDNN that never rounds: where products may be in bfloat16 (`rounded`), all large ones go to `BatchMatMulV2`.
 */
export const registerProducts = (backendName: string, rounded: boolean): void => {
  tf.unregisterKernel(tf.BatchMatMul, backendName)
  tf.registerKernel({
    kernelName: tf.BatchMatMul,
    backendName,
    kernelFunc: ({ inputs, attrs, backend }) => {
      const { a, b } = inputs as Record<'a' | 'b', tf.TensorInfo>
      const { transposeA, transposeB } = attrs as unknown as tf.BatchMatMulAttrs
      const native = backend as NodeBackend
      const run = native.executeSingleOutput.bind(native)
      const width = b.shape[b.shape.length - (transposeB ? 2 : 1)]!
      const work = a.shape.reduce((x, y) => x * y, width)
      if (a.shape.length === 2 && (work < small || !(transposeA || rounded)))
        return run('MatMul', [flag('transpose_a', transposeA), flag('transpose_b', transposeB), float('T')], [a, b])
      const adjoint = [flag('adj_x', transposeA), flag('adj_y', transposeB)]
      return work < small
        ? run('BatchMatMulV3', [...adjoint, float('Ta'), float('Tb'), float('Tout')], [a, b])
        : run('BatchMatMulV2', [...adjoint, float('T')], [a, b])
    },
  })
}
