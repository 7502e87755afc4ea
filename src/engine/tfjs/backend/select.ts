import { createRequire } from 'node:module'
import { dirname, join, sep } from 'node:path'
import util from 'node:util'
import * as tf from '@tensorflow/tfjs-core'
import { either as E, type taskEither as TE } from 'fp-ts'
import { fault } from '../../../flow/index.ts'
import type { EngineFault } from '../../engine.ts'
import { registerAdam } from '../native/adam.ts'
import type { NodeBackend } from '../native/binding.ts'
import { prepareGraphs } from '../native/graph/in-graphs.ts'
import { registerHalfSquares } from '../native/half-squares.ts'
import { nativePackages, packageState } from '../native/packaged.ts'
import { nativeFolder, switchedOff } from '../native/place.ts'
import { registerProducts } from '../native/products.ts'
import { verifiedBuild } from '../native/verify.ts'
import { startThreaded } from './wasm-threads.ts'

/** What a user asks for. */
export type BackendChoice = 'native' | 'wasm' | 'cpu'

/** The backend that computes, and why not a better one. */
export interface SelectedBackend {
  readonly name: BackendChoice
  /** What stands behind it, for a log. */
  readonly detail: string
  /** What would have been better, and why it was not taken; best first. */
  readonly tried: readonly { readonly name: string; readonly why: string }[]
}

/** Which backend, and how many threads. */
export interface BackendOptions {
  /** Only this one; the best that works, when not given. */
  readonly backend?: BackendChoice
  readonly env?: NodeJS.ProcessEnv
  /**
   * Threads of WebAssembly; 1 when not given, since only matrix products gain, and only where that many cores are free. Counts for
   * the first time that a process selects WebAssembly.
   */
  readonly threads?: number
}

interface Candidate {
  readonly choice: BackendChoice
  readonly name: string
  /** Registers the backend and makes it tfjs's; `Right` is what stands behind it. */
  readonly start: () => Promise<E.Either<string, string>>
}

const require = createRequire(import.meta.url)

const activate = async (name: string, detail: string): Promise<E.Either<string, string>> => {
  if (name === 'tensorflow')
    for (const register of [registerProducts, registerAdam, registerHalfSquares]) register(name)
  if (!(await tf.setBackend(name))) return E.left(`tfjs could not start ${name}`)
  await tf.ready()
  if (name === 'tensorflow') prepareGraphs(tf.backend() as unknown as NodeBackend)
  return E.right(detail)
}

const fromPackage = (name: string): Candidate => ({
  choice: 'native',
  name,
  start: async () => {
    const state = packageState(name)
    if (state !== 'ready') return E.left(state)
    // Node 23 took it away; the package's kernels call it.
    Object.assign(util, { isNullOrUndefined: (x: unknown) => x === null || x === undefined })
    process.env.TF_CPP_MIN_LOG_LEVEL ??= '3'
    await import(name)
    return activate('tensorflow', `TensorFlow of ${name}`)
  },
})

const compiled = (env: NodeJS.ProcessEnv): Candidate => ({
  choice: 'native',
  name: 'compiled binding',
  start: async () => {
    const directory = nativeFolder(env)
    const version = await verifiedBuild(directory)()
    if (E.isLeft(version)) return version
    const load = require(join(directory, 'load.cjs')) as (core: typeof tf) => string
    const found = load(require('@tensorflow/tfjs-core') as typeof tf)
    return activate('tensorflow', `TensorFlow ${found}, compiled binding`)
  },
})

const events = ['uncaughtException', 'unhandledRejection'] as const

/** Emscripten's start-up code takes over the process's error events and rethrows from inside its bundle; they are given back. */
const withoutNewListeners = async <A>(start: () => Promise<A>): Promise<A> => {
  const before = new Set<unknown>(events.flatMap(event => process.rawListeners(event)))
  const result = await start()
  for (const event of events)
    for (const listener of process.rawListeners(event))
      if (!before.has(listener)) process.removeListener(event, listener as () => void)
  return result
}

const wasm = (threads: number): Candidate => ({
  choice: 'wasm',
  name: 'wasm',
  start: async () => {
    const { getThreadsCount, setWasmPaths } = await import('@tensorflow/tfjs-backend-wasm')
    setWasmPaths(dirname(require.resolve('@tensorflow/tfjs-backend-wasm')) + sep)
    const simd = await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT')
    const start = async () => (await tf.setBackend('wasm')) && (await tf.ready().then(() => true))
    const ready = await withoutNewListeners(() => (threads > 1 && simd ? startThreaded(threads, start) : start()))
    if (!ready) return E.left('tfjs could not start wasm')
    const many = Math.max(1, getThreadsCount())
    return E.right(`WebAssembly, ${many} thread${many > 1 ? 's' : ''}, ${simd ? 'SIMD' : 'no SIMD'}`)
  },
})

const cpu: Candidate = {
  choice: 'cpu',
  name: 'cpu',
  start: async () => {
    await import('@tensorflow/tfjs-backend-cpu')
    // Without it the backend advertises tfjs-node at its first use.
    tf.env().set('PROD', true)
    return activate('cpu', 'plain JavaScript')
  },
}

/**
 * Selects tfjs's backend for this process: an npm package's native TensorFlow, the binding that `installNative` compiled,
 * WebAssembly, plain JavaScript; the first that starts. Builds nothing. `KINOGRAD_NATIVE=off` passes over native ones.
 * `Left('NoBackend')` names everything that was tried with its reason; that is only possible when one was asked for.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import { selectBackend } from 'kinograd/engine/tfjs'
 *
 * const selected = await selectBackend({ backend: 'wasm' })()
 * assert(E.isRight(selected))
 * assert.equal(selected.right.name, 'wasm')
 * ```
 */
export const selectBackend =
  ({ backend, env = process.env, threads = 1 }: BackendOptions = {}): TE.TaskEither<EngineFault, SelectedBackend> =>
  async () => {
    const off = switchedOff(env)
    const tried: { name: string; why: string }[] = []
    for (const { choice, name, start } of [...nativePackages.map(fromPackage), compiled(env), wasm(threads), cpu]) {
      if (backend !== undefined && choice !== backend) continue
      const started =
        choice === 'native' && off !== undefined
          ? E.left(off)
          : await start().catch(error =>
              E.left(error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)),
            )
      if (E.isRight(started)) return E.right({ name: choice, detail: started.right, tried })
      tried.push({ name, why: started.left })
    }
    const reasons = tried.map(({ name, why }) => `${name}: ${why}`).join('; ')
    const remedy =
      backend === 'native' ? 'Run `npm run native` to build one, or use --backend wasm.' : 'Run `npm ci` again.'
    return E.left(fault('NoBackend', `no ${backend ?? 'tfjs'} backend starts (${reasons})`, remedy))
  }
