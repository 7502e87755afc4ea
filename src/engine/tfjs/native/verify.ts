import { readFile, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { cpus, release } from 'node:os'
import { join } from 'node:path'
import { either as E, taskEither as TE } from 'fp-ts'
import { runChild } from './child.ts'

/** What a build was proved on: a binding that works on one machine may crash on another that shares its folder. */
const machine = (): string => `${cpus()[0]?.model ?? 'unknown'} ${release()} node ${process.version}`

const stamp = 'verified.json'

/** Known product of two small matrices, a gradient kernel's sum, and the version, on a line of its own. */
const program = `
const tf = require(process.argv[1])
const version = require(process.argv[2])(tf)
tf.setBackend('tensorflow')
const product = tf.matMul(tf.tensor2d([1, 2, 3, 4], [2, 2]), tf.tensor2d([5, 6, 7, 8], [2, 2])).dataSync()
const sum = tf.unsortedSegmentSum(tf.ones([3]), tf.tensor1d([0, 1, 1], 'int32'), 2).dataSync()
console.log(JSON.stringify({ version, values: [...product, ...sum] }))
`

const expected = [19, 22, 43, 50, 1, 2].join()

/** Runs a build in a child process, so that a crash there is a reason here. `Right` is TensorFlow's version. */
const tryBuild = (directory: string, signal?: AbortSignal): TE.TaskEither<string, string> =>
  TE.flatMapEither(
    runChild(
      process.execPath,
      ['-e', program, createRequire(import.meta.url).resolve('@tensorflow/tfjs-core'), join(directory, 'load.cjs')],
      { timeoutSeconds: 120, signal, env: { TF_CPP_MIN_LOG_LEVEL: '3' } },
    ),
    out =>
      E.tryCatch(
        () => {
          const { version, values } = JSON.parse(out.trim().split('\n').at(-1) ?? '') as {
            version: string
            values: number[]
          }
          if (values.join() !== expected) throw new Error(`computed ${values.join()} instead of ${expected}`)
          return version
        },
        error => `the compiled binding ${error instanceof Error ? error.message : error}`,
      ),
  )

/** Verifies a build and remembers it. `Right` is TensorFlow's version. */
export const verifyBuild = (directory: string, signal?: AbortSignal): TE.TaskEither<string, string> =>
  TE.tap((version: string) =>
    TE.tryCatch(
      () => writeFile(join(directory, stamp), JSON.stringify({ machine: machine(), version })),
      error => String(error),
    ),
  )(tryBuild(directory, signal))

/** The version in a build that was verified on this machine; verifies it again on another. */
export const verifiedBuild =
  (directory: string, signal?: AbortSignal): TE.TaskEither<string, string> =>
  async () => {
    const read = await readFile(join(directory, stamp), 'utf8').catch(() => undefined)
    if (read === undefined) return E.left(`no compiled binding in ${directory}`)
    const before = JSON.parse(read) as { machine?: string; version?: string }
    return before.machine === machine() ? E.right(before.version ?? 'unknown') : verifyBuild(directory, signal)()
  }
