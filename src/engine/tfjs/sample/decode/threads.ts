import { Worker } from 'node:worker_threads'
import type { Arithmetic, Compiled } from './compiled.ts'

/** The compiled step and its memories, with the threads that help. */
export interface Kernel {
  readonly memories: readonly WebAssembly.Memory[]
  /** Whether the memories hold weights of a model, and are not the kernel's own. */
  readonly lent: boolean
  readonly threads: number
  readonly arithmetic: Arithmetic
  /** Runs one step over what lies in the memory of that number; the memories must be run in turn, the first after the last. */
  readonly run: (memory: number) => void
  /** Ends the threads. */
  readonly stop: () => void
}

const page = 65_536
const mostPages = 65_536

/** What a helping thread runs. Bun and Deno read it as a CommonJS module, in which `module`, `exports` and `require` are bound already. */
const helper = `
const { parentPort, workerData } = require('node:worker_threads')
const { compiled, memories, thread } = workerData
const serving = memories.map(memory => new WebAssembly.Instance(compiled, { env: { memory } }).exports.serve)
const seen = memories.map(() => 0)
parentPort.postMessage('ready')
for (let i = 0; ; i = (i + 1) % serving.length) seen[i] = serving[i](thread, seen[i])
`

const ready = (worker: Worker): Promise<void> =>
  new Promise((resolve, reject) => {
    worker.once('message', () => resolve())
    worker.once('error', reject)
  })

const emptyMemory = (): WebAssembly.Memory => new WebAssembly.Memory({ initial: 16, maximum: mostPages, shared: true })

/** A memory of at least so many bytes; nothing where the system has no room or no addresses for it. */
export const memoryOf = (bytes: number): WebAssembly.Memory | undefined => {
  try {
    const memory = emptyMemory()
    reserve(memory, bytes)
    return memory
  } catch {
    return undefined
  }
}

/**
 * Starts `threads − 1` helping threads beside the caller's, over so many memories of their own or over those given. They sleep between
 * steps and do not keep the process alive.
 */
export const startKernel = async (
  threads: number,
  over: number | readonly WebAssembly.Memory[],
  { module, arithmetic }: Compiled,
): Promise<Kernel> => {
  const memories = typeof over === 'number' ? Array.from({ length: over }, emptyMemory) : over
  const steps = await Promise.all(
    memories.map(
      async memory => (await WebAssembly.instantiate(module, { env: { memory } })).exports.run as () => void,
    ),
  )
  const workers = Array.from(
    { length: threads - 1 },
    (_, i) => new Worker(helper, { eval: true, workerData: { compiled: module, memories, thread: i + 1 } }),
  )
  await Promise.all(workers.map(ready))
  for (const worker of workers) worker.unref()
  return {
    memories,
    lent: typeof over !== 'number',
    threads,
    arithmetic,
    run: memory => steps[memory]!(),
    stop: () => {
      for (const worker of workers) void worker.terminate()
    },
  }
}

/** Makes a memory hold at least so many bytes. */
export const reserve = (memory: WebAssembly.Memory, bytes: number): void => {
  const missing = Math.ceil((bytes - memory.buffer.byteLength) / page)
  if (missing > 0) memory.grow(missing)
}
