import { createRequire } from 'node:module'
import { dirname, sep } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import { either as E, type taskEither as TE } from 'fp-ts'
import { fault } from '../../../flow/index.ts'
import type { EngineFault } from '../../engine.ts'
import { loadedPrecision, type MatmulPrecision, precisionIn } from '../native/matmul-precision.ts'
import { switchedOff } from '../native/place.ts'
import { addressSpaceDoubt, addressSpaceRemedy } from './address-space.ts'
import { nativeNames, type Passed, startNative } from './native.ts'
import { startThreaded } from './wasm-threads.ts'

/** What a user asks for. */
export type BackendChoice = 'native' | 'wasm' | 'cpu'

/** The backend that computes, and why not a better one. */
export interface SelectedBackend {
  readonly name: BackendChoice
  /** What stands behind it, for a log. */
  readonly detail: string
  /** How factors enter large matrix products. */
  readonly matmulPrecision: MatmulPrecision
  /** What would have been better, and why it was not taken; best first. */
  readonly tried: readonly Passed[]
}

/** Which backend, and how many threads. */
export interface BackendOptions {
  /** Only this one; the best that works, when not given. */
  readonly backend?: BackendChoice | undefined
  readonly env?: NodeJS.ProcessEnv
  /**
   * Threads of WebAssembly; 1 when not given, since only matrix products gain, and only where that many cores are free. Counts for
   * the first time that a process selects WebAssembly.
   */
  readonly threads?: number
  /**
   * `bfloat16`: factors of large matrix products are rounded to bfloat16, half to even; sums stay in float32, and so does all else. On
   * processors with AMX products take about half the time. Needs native TensorFlow and such a processor; `detail` says where there is
   * none, and products are in float32 then. Counts for a whole process: TensorFlow reads it when it is loaded. When not given: as it
   * was loaded, else what `KINOGRAD_MATMUL_PRECISION` says, else float32.
   */
  readonly matmulPrecision?: MatmulPrecision | undefined
}

interface Candidate {
  readonly choice: BackendChoice
  readonly name: string
  /** Registers the backend and makes it tfjs's; `Right` is what stands behind it. */
  readonly start: () => Promise<E.Either<string, string>>
}

const require = createRequire(import.meta.url)

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
    const doubt = addressSpaceDoubt()
    if (doubt !== undefined) return E.left(doubt)
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
    return (await tf.setBackend('cpu')) ? E.right('plain JavaScript') : E.left('tfjs could not start cpu')
  },
}

/** What a backend is asked for, where it can be had in this process. */
const askedPrecision = ({
  backend,
  env = process.env,
  matmulPrecision: given,
}: BackendOptions): E.Either<EngineFault, MatmulPrecision> => {
  const said = precisionIn(env)
  if (E.isLeft(said)) return E.left(fault('NoBackend', said.left, 'Set it to one of them, or take it away.'))
  const loaded = loadedPrecision()
  const asked = given ?? loaded ?? said.right ?? 'float32'
  return loaded === undefined || asked === loaded || backend === 'wasm' || backend === 'cpu'
    ? E.right(asked)
    : E.left(
        fault(
          'NoBackend',
          `matrix products are to be in ${asked}, and TensorFlow was loaded for ${loaded} in this process`,
          'Say which where a backend is selected first, or start another process.',
        ),
      )
}

const inWords = (asked: MatmulPrecision, got: MatmulPrecision, why: string): string => {
  if (asked === 'float32') return ''
  return got === asked ? `, matrix products in ${got}` : `, matrix products in ${got} (${why})`
}

/**
 * Selects tfjs's backend for this process: the better of an npm package's native TensorFlow and the binding that `installNative`
 * compiled, WebAssembly, plain JavaScript; the first that starts. Native ones are tried in a child process first, and the files of the
 * compiled one are read and compared once a boot of the machine. Builds nothing. `KINOGRAD_NATIVE=off` passes over native ones.
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
  (options: BackendOptions = {}): TE.TaskEither<EngineFault, SelectedBackend> =>
  async () => {
    const { backend, env = process.env, threads = 1 } = options
    const precision = askedPrecision(options)
    if (E.isLeft(precision)) return precision
    const asked = precision.right
    const off = switchedOff(env)
    const tried: Passed[] = []
    if (backend === undefined || backend === 'native') {
      const passed = nativeNames.map(name => ({ name, why: off ?? '' }))
      const native = off === undefined ? await startNative(env, asked) : { passed }
      tried.push(...native.passed)
      if (native.started !== undefined) {
        const { detail, matmulPrecision } = native.started
        const words = inWords(asked, matmulPrecision, 'TensorFlow has none in bfloat16 on this processor')
        return E.right({ name: 'native', detail: detail + words, matmulPrecision, tried })
      }
    }
    for (const { choice, name, start } of [wasm(threads), cpu]) {
      if (backend !== undefined && choice !== backend) continue
      const started = await start().catch(error =>
        E.left(error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)),
      )
      if (E.isRight(started)) {
        const detail = started.right + inWords(asked, 'float32', 'bfloat16 needs native TensorFlow')
        return E.right({ name: choice, detail, matmulPrecision: 'float32', tried })
      }
      tried.push({ name, why: started.left })
    }
    const reasons = tried.map(({ name, why }) => `${name}: ${why}`).join('; ')
    const remedy =
      backend === 'native'
        ? 'Run `npm run native` to build one, or use --backend wasm.'
        : addressSpaceDoubt() === undefined
          ? 'Run `npm ci` again.'
          : addressSpaceRemedy
    return E.left(fault('NoBackend', `no ${backend ?? 'tfjs'} backend starts (${reasons})`, remedy))
  }
