import { Worker } from 'node:worker_threads'
import type { Arithmetic, Compiled } from './compiled.ts'

/** The compiled step and its memory, with the threads that help. */
export interface Kernel {
  readonly memory: WebAssembly.Memory
  readonly threads: number
  readonly arithmetic: Arithmetic
  /** Runs one step over what lies in the memory. */
  readonly run: () => void
  /** Ends the threads. */
  readonly stop: () => void
}

const page = 65_536
/** 4 GiB, all that 32-bit addresses reach. */
export const mostBytes = 65_536 * page

/** What a helping thread runs. Bun and Deno read it as a CommonJS module, in which `module`, `exports` and `require` are bound already. */
const helper = `
const { parentPort, workerData } = require('node:worker_threads')
const { compiled, memory, thread } = workerData
const { serve } = new WebAssembly.Instance(compiled, { env: { memory } }).exports
parentPort.postMessage('ready')
serve(thread, 0)
`

const ready = (worker: Worker): Promise<void> =>
  new Promise((resolve, reject) => {
    worker.once('message', () => resolve())
    worker.once('error', reject)
  })

/** Starts `threads − 1` helping threads beside the caller's. They sleep between steps and do not keep the process alive. */
export const startKernel = async (threads: number, { module, arithmetic }: Compiled): Promise<Kernel> => {
  const memory = new WebAssembly.Memory({ initial: 16, maximum: mostBytes / page, shared: true })
  const { exports } = await WebAssembly.instantiate(module, { env: { memory } })
  const workers = Array.from(
    { length: threads - 1 },
    (_, i) => new Worker(helper, { eval: true, workerData: { compiled: module, memory, thread: i + 1 } }),
  )
  await Promise.all(workers.map(ready))
  for (const worker of workers) worker.unref()
  return {
    memory,
    threads,
    arithmetic,
    run: exports.run as () => void,
    stop: () => {
      for (const worker of workers) void worker.terminate()
    },
  }
}

/** Makes the memory hold at least so many bytes. */
export const reserve = ({ memory }: Kernel, bytes: number): void => {
  const missing = Math.ceil((bytes - memory.buffer.byteLength) / page)
  if (missing > 0) memory.grow(missing)
}
