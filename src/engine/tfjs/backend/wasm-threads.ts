import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Worker } from 'node:worker_threads'
import * as tf from '@tensorflow/tfjs-core'

const require = createRequire(import.meta.url)

/** Resolves when a worker of Emscripten says that it has loaded, rejects when it ends before, or takes more than half a minute. */
const untilLoaded = (worker: Worker): Promise<void> =>
  new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error('a thread of WebAssembly did not start within 30 s')), 30_000)
    worker.on('message', (message: unknown) => {
      if (typeof message !== 'object' || message === null || !('cmd' in message) || message.cmd !== 'loaded') return
      clearTimeout(late)
      resolve()
    })
    worker.once('error', reject)
    worker.once('exit', code => reject(new Error(`a thread of WebAssembly ended with ${code} before it had loaded`)))
  })

/**
 * Starts tfjs's WebAssembly backend with threads, which its own feature test refuses Node (tfjs issue 3830). Emscripten's code
 * does know Node's workers, once it is given, while it starts: a file instead of a blob's URL for a worker's script, and the
 * number of cores twice over, since tfjs uses half of them. What is lent is given back when the start has ended and every worker has
 * loaded: one that came late would find its script gone, and the first product would wait for it for ever. The workers do not keep
 * the process alive. Only matrix products use the threads: 1.9 times as fast with two of two free cores, no faster or
 * slower when another program wants the second.
 */
export const startThreaded = async (threads: number, start: () => Promise<boolean>): Promise<boolean> => {
  const os = require('node:os') as { cpus: () => readonly unknown[] }
  const workers = require('node:worker_threads') as { Worker: typeof Worker }
  const wasm = require('@tensorflow/tfjs-backend-wasm') as typeof import('@tensorflow/tfjs-backend-wasm')
  const main = join(
    dirname(require.resolve('@tensorflow/tfjs-backend-wasm')),
    '../wasm-out/tfjs-backend-wasm-threaded-simd.js',
  )
  const folder = mkdtempSync(join(tmpdir(), 'kinograd-wasm-'))
  const { cpus } = os
  const OwnWorker = workers.Worker
  const OwnBlob = globalThis.Blob
  const { createObjectURL } = URL
  const started: Worker[] = []
  const loaded: Promise<void>[] = []
  try {
    tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', true)
    wasm.setThreadsCount(threads)
    os.cpus = () => Array(2 * threads).fill(cpus()[0])
    workers.Worker = class extends OwnWorker {
      constructor(...options: ConstructorParameters<typeof OwnWorker>) {
        super(...options)
        started.push(this)
        const load = untilLoaded(this)
        // Awaited below; a worker may fail before that.
        load.catch(() => {})
        loaded.push(load)
      }
    }
    globalThis.Blob = class extends OwnBlob {
      readonly source: string
      constructor(parts: string[] = [], options?: BlobPropertyBag) {
        super(parts, options)
        this.source = parts.join('')
      }
    } as unknown as typeof Blob
    let scripts = 0
    URL.createObjectURL = blob => {
      // A file for each worker: one that is written again while a worker reads it is empty for that worker.
      const path = join(folder, `worker-${scripts++}.cjs`)
      writeFileSync(
        path,
        `URL.createObjectURL = () => ${JSON.stringify(main)};\n${(blob as unknown as { source: string }).source}`,
      )
      return path
    }
    const ready = await start()
    await Promise.all(loaded)
    return ready
  } finally {
    os.cpus = cpus
    workers.Worker = OwnWorker
    globalThis.Blob = OwnBlob
    URL.createObjectURL = createObjectURL
    for (const worker of started) worker.unref()
    rmSync(folder, { recursive: true })
  }
}
