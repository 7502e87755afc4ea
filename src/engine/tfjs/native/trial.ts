import { createRequire } from 'node:module'
import { either as E, function as F, taskEither as TE } from 'fp-ts'
import * as t from 'io-ts'
import { messageOf } from '../../../flow/index.ts'
import { runChild } from './child.ts'
import { childEnvironment } from './environment.ts'

/** What a native TensorFlow did in a child process; `milliseconds` is the best of up to five products of 512 × 512, read back. */
export const trial = t.type({ version: t.string, gpu: t.boolean, milliseconds: t.number })
export type Trial = Readonly<t.TypeOf<typeof trial>>

const outcome = t.intersection([trial, t.type({ values: t.array(t.number) })])

/** How a trial is stopped, and the environment that it reads. */
export interface TrialOptions {
  readonly signal?: AbortSignal | undefined
  readonly env?: NodeJS.ProcessEnv | undefined
  readonly timeoutSeconds?: number
}

/**
 * Known product of two small matrices, a gradient kernel's sum, and the time of a larger product, on a line of its own. `begin` is
 * given tfjs and gives TensorFlow's version.
 */
const program = (begin: string): string => `
const util = require('node:util')
util.isNullOrUndefined ??= x => x === null || x === undefined
const tf = require(process.argv[1])
const version = (${begin})(tf, process.argv[2])
tf.setBackend('tensorflow')
const product = tf.matMul(tf.tensor2d([1, 2, 3, 4], [2, 2]), tf.tensor2d([5, 6, 7, 8], [2, 2])).dataSync()
const sum = tf.unsortedSegmentSum(tf.ones([3]), tf.tensor1d([0, 1, 1], 'int32'), 2).dataSync()
const large = tf.ones([512, 512])
const times = []
for (const until = performance.now() + 100; times.length < 1 || (times.length < 5 && performance.now() < until); ) {
  const began = performance.now()
  tf.matMul(large, large).dataSync()
  times.push(performance.now() - began)
}
const gpu = tf.backend().isUsingGpuDevice === true
console.log(JSON.stringify({ version, gpu, milliseconds: Math.min(...times), values: [...product, ...sum] }))
`

const expected = [19, 22, 43, 50, 1, 2].join()

/** How a build of \`installNative\` is begun: its loader's path is the argument. */
export const byLoader = '(tf, loader) => require(loader)(tf)'

/** How a package of npm is begun: it registers itself on the tfjs-core that both find. */
export const byPackage = "(tf, path) => String(require(path).version?.['tfjs-node'] ?? 'of the package')"

const read = (out: string): E.Either<string, Trial> =>
  F.pipe(
    E.tryCatch((): unknown => JSON.parse(out.trim().split('\n').at(-1) ?? ''), messageOf),
    E.flatMap(value => E.mapLeft(() => `it said ${out.trim().slice(0, 200)}`)(outcome.decode(value))),
    E.flatMap(({ values, ...trial }) =>
      values.join() === expected ? E.right(trial) : E.left(`it computed ${values.join()} instead of ${expected}`),
    ),
  )

/** Starts a native TensorFlow in a child process with a time limit, so that a crash or a hanging start there is a reason here. */
export const tryNative = (
  begin: string,
  path: string,
  { signal, env, timeoutSeconds = 120 }: TrialOptions = {},
): TE.TaskEither<string, Trial> =>
  TE.flatMapEither(
    runChild(
      process.execPath,
      ['-e', program(begin), createRequire(import.meta.url).resolve('@tensorflow/tfjs-core'), path],
      {
        timeoutSeconds,
        signal,
        env: { ...childEnvironment('tensorflow', env), TF_CPP_MIN_LOG_LEVEL: '3' },
      },
    ),
    read,
  )
