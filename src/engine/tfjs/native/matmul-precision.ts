import * as tf from '@tensorflow/tfjs-core'
import { either as E } from 'fp-ts'

/**
 * How the factors of large matrix products enter them: as they are, or rounded to bfloat16, half to even. Sums are in float32 either way,
 * and so is everything else (PyTorch: `torch.set_float32_matmul_precision('medium')`).
 */
export type MatmulPrecision = 'float32' | 'bfloat16'

const isPrecision = (text: string): text is MatmulPrecision => text === 'float32' || text === 'bfloat16'

/** What the environment asks for: nothing where it says nothing. `Left` says what it may say. */
export const precisionIn = (env: NodeJS.ProcessEnv): E.Either<string, MatmulPrecision | undefined> => {
  const said = env.KINOGRAD_MATMUL_PRECISION
  if (said === undefined || said === '') return E.right(undefined)
  return isPrecision(said)
    ? E.right(said)
    : E.left(`KINOGRAD_MATMUL_PRECISION is "${said.slice(0, 40)}", not float32 or bfloat16`)
}

/** oneDNN's default of how numbers may be rounded (`dnnl_fpmath_mode_t`); it reads this once a process, at its first primitive. */
const variable = 'ONEDNN_DEFAULT_FPMATH_MODE'
const modes = { float32: 'STRICT', bfloat16: 'BF16' } as const

let loaded: MatmulPrecision | undefined

/** With what TensorFlow was loaded in this process; nothing where it was not. */
export const loadedPrecision = (): MatmulPrecision | undefined => loaded

/** Loads TensorFlow, and computes with it for the first time, while oneDNN may see what is asked for. */
export const loadingWith = async <A>(precision: MatmulPrecision, load: () => Promise<A>): Promise<A> => {
  const before = process.env[variable]
  process.env[variable] = modes[precision]
  loaded = precision
  try {
    return await load()
  } finally {
    if (before === undefined) delete process.env[variable]
    else process.env[variable] = before
  }
}

/** Whether tfjs's backend rounds the factors of a product: seen by a product in which 1 + 2⁻¹² becomes 1. */
export const roundsProducts = (): boolean =>
  tf.tidy(() => {
    const [rows, columns] = [tf.fill([128, 128], 1 + 2 ** -12), tf.ones([128, 128])]
    return tf.matMul(rows, columns).dataSync()[0] === 128
  })
