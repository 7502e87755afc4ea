import { createRequire } from 'node:module'
import { join } from 'node:path'
import util from 'node:util'
import * as tf from '@tensorflow/tfjs-core'
import { either as E } from 'fp-ts'
import { messageOf } from '../../../flow/index.ts'
import { registerAdam } from '../native/adam.ts'
import type { NodeBackend } from '../native/binding.ts'
import { prepareGraphs } from '../native/graph/in-graphs.ts'
import { registerHalfSquares } from '../native/half-squares.ts'
import { sweepParts } from '../native/leavings.ts'
import { loadingWith, type MatmulPrecision, roundsProducts } from '../native/matmul-precision.ts'
import { bestFirst, nativePackages, triedPackage } from '../native/packaged.ts'
import { cacheFolder, nativeFolder } from '../native/place.ts'
import { registerProducts } from '../native/products.ts'
import { dropProof, proofPath } from '../native/proof.ts'
import { noteStart } from '../native/starting.ts'
import type { Trial } from '../native/trial.ts'
import { damageOf, verifiedBuild } from '../native/verify.ts'
import { registerWiden } from '../native/widen.ts'

const require = createRequire(import.meta.url)

/** A native TensorFlow that works in a child process, and how it is started in this one. */
interface Found {
  readonly name: string
  readonly trial: Trial
  readonly start: () => Promise<E.Either<string, Started>>
}

/** What stands behind a backend that was started, and how its products are. */
export interface Started {
  readonly detail: string
  readonly matmulPrecision: MatmulPrecision
}

/** Why something is not in use. */
export interface Passed {
  readonly name: string
  readonly why: string
}

const build = 'compiled binding'

/** What `startNative` looks at, best known first. */
export const nativeNames: readonly string[] = [...nativePackages, build]

const activate = async (detail: string, asked: MatmulPrecision): Promise<E.Either<string, Started>> => {
  registerProducts('tensorflow', asked === 'bfloat16')
  for (const kernelsOf of [registerAdam, registerHalfSquares]) kernelsOf('tensorflow')
  if (!(await tf.setBackend('tensorflow'))) return E.left('tfjs could not start tensorflow')
  await tf.ready()
  const matmulPrecision = asked === 'bfloat16' && roundsProducts() ? 'bfloat16' : 'float32'
  if (matmulPrecision !== asked) registerProducts('tensorflow', false)
  const backend = tf.backend() as unknown as NodeBackend
  registerWiden('tensorflow', backend)
  prepareGraphs(backend)
  return E.right({ detail, matmulPrecision })
}

const startPackage = async (name: string, asked: MatmulPrecision): Promise<E.Either<string, Started>> => {
  // Node 23 took it away; the package's kernels call it.
  Object.assign(util, { isNullOrUndefined: (x: unknown) => x === null || x === undefined })
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '3'
  require(name)
  return activate(`TensorFlow of ${name}`, asked)
}

/** After a start that failed, all files are read, and so they are at the next start. */
const startBuild = async (directory: string, asked: MatmulPrecision): Promise<E.Either<string, Started>> => {
  const started = noteStart(directory)
  try {
    const load = require(join(directory, 'load.cjs')) as (core: typeof tf) => string
    const found = load(require('@tensorflow/tfjs-core') as typeof tf)
    return await activate(`TensorFlow ${found}, ${build}`, asked)
  } catch (error) {
    await dropProof(proofPath(directory))
    return E.left((await damageOf(directory)) ?? messageOf(error))
  } finally {
    started()
  }
}

/** Why there is no build; what installations that were killed left behind is removed. */
const absentBuild = async (env: NodeJS.ProcessEnv, why: string): Promise<string> => {
  const swept = await sweepParts(cacheFolder(env))
  return swept === 0
    ? why
    : `${why}; an installation was broken off, its files are removed: \`npm run native\` makes it`
}

const milliseconds = ({ trial }: Found): string => `${trial.milliseconds.toFixed(1)} ms`

/**
 * Starts the best native TensorFlow that works: each is tried in a child process before it may come into this one, where a crash would
 * be the end. `started` is what stands behind it; `passed` are the others, with reasons.
 */
export const startNative = async (
  env: NodeJS.ProcessEnv,
  asked: MatmulPrecision,
): Promise<{ readonly started?: Started; readonly passed: readonly Passed[] }> => {
  const passed: Passed[] = []
  const packages: Found[] = []
  for (const name of nativePackages) {
    const tried = await triedPackage(name, { env })()
    if (E.isRight(tried)) packages.push({ name, trial: tried.right, start: () => startPackage(name, asked) })
    else passed.push({ name, why: tried.left })
  }
  const directory = nativeFolder(env)
  const verified = await verifiedBuild(directory, { env })()
  const builds: Found[] = E.isRight(verified)
    ? [{ name: build, trial: verified.right, start: () => startBuild(directory, asked) }]
    : []
  if (E.isLeft(verified)) {
    const { kind, why } = verified.left
    passed.push({ name: build, why: kind === 'absent' ? await absentBuild(env, why) : why })
  }
  const [...left] = bestFirst([...builds, ...packages])
  for (let best = left.shift(); best !== undefined; best = left.shift()) {
    const { name, start } = best
    const started = await loadingWith(asked, start).catch(error => E.left(messageOf(error).split('\n')[0] ?? ''))
    if (E.isLeft(started)) {
      passed.push({ name, why: started.left })
      continue
    }
    const than = `${name} (${milliseconds(best)} for a product)`
    const worse = left.map(other => ({ name: other.name, why: `no better here, ${milliseconds(other)}, than ${than}` }))
    return { started: started.right, passed: [...passed, ...worse] }
  }
  return { passed }
}
