import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** The key under which the process's own tfjs-core is handed to the binding's JavaScript. */
const coreKey = 'kinograd.tfjs'

const shim = `module.exports = globalThis[Symbol.for('${coreKey}')]\n`

/**
 * `load.cjs` of a build: registers TensorFlow's kernels and backend on the given tfjs-core, and returns TensorFlow's version. The
 * binding's JavaScript asks for the \`@tensorflow/tfjs\` union; two packages of one line give it that very tfjs-core instead. TensorFlow's
 * greetings are silenced unless `TF_CPP_MIN_LOG_LEVEL` asks for them.
 */
const load = `'use strict'
const util = require('node:util')
// Node 23 took it away; the binding's JavaScript calls it.
util.isNullOrUndefined ??= x => x === null || x === undefined
const quietly = load => {
  if (process.env.TF_CPP_MIN_LOG_LEVEL !== undefined && process.env.TF_CPP_MIN_LOG_LEVEL !== '3') return load()
  process.env.TF_CPP_MIN_LOG_LEVEL = '3'
  const { mute, unmute } = require('./quiet.node')
  mute()
  try {
    return load()
  } finally {
    unmute()
  }
}
module.exports = tf => {
  globalThis[Symbol.for('${coreKey}')] = tf
  require('@tensorflow/tfjs-node/dist/register_all_kernels.js')
  const { NodeJSKernelBackend } = require('@tensorflow/tfjs-node/dist/nodejs_kernel_backend.js')
  const binding = quietly(() => require('@tensorflow/tfjs-node/lib/napi-v8/tfjs_binding.node'))
  if (!tf.findBackendFactory('tensorflow'))
    tf.registerBackend('tensorflow', () => new NodeJSKernelBackend(binding, 'kinograd'), 3)
  return binding.TF_Version
}
`

/** Writes the loader and its shims into a build folder. */
export const writeLoader = async (directory: string): Promise<void> => {
  for (const name of ['@tensorflow/tfjs', '@tensorflow/tfjs-core']) {
    const at = join(directory, 'node_modules', name)
    await mkdir(at, { recursive: true })
    await writeFile(join(at, 'package.json'), JSON.stringify({ name, version: '0.0.0', main: 'index.js' }))
    await writeFile(join(at, 'index.js'), shim)
  }
  await writeFile(join(directory, 'load.cjs'), load)
}
