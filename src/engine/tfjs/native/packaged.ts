import { createHash } from 'node:crypto'
import { existsSync, lstatSync, readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { either as E, type taskEither as TE } from 'fp-ts'
import { bootId } from './living.ts'
import { cacheFolder } from './place.ts'
import { machine, proofPath, readProof, writeProof } from './proof.ts'
import { byPackage, type Trial, type TrialOptions, tryNative } from './trial.ts'
import { ownFolder, trustedFolder } from './trusted.ts'

/** The npm packages that bring a native TensorFlow. */
export const nativePackages = ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'] as const

const apis = [8, 7, 6, 5, 4, 3]
const require = createRequire(import.meta.url)

/** Folder of a package that is installed with its binding; a sentence on why not. */
const packageFolder = (name: string): E.Either<string, string> => {
  try {
    const at = dirname(require.resolve(`${name}/package.json`))
    return apis.some(api => existsSync(join(at, `lib/napi-v${api}/tfjs_binding.node`)))
      ? E.right(at)
      : E.left('installed without its binary (its install script could not fetch it or was not run)')
  } catch {
    return E.left('not installed')
  }
}

/** Changes with every file of a package that is loaded into the process. */
const fingerprint = (folder: string): string => {
  const hash = createHash('sha256')
  for (const inside of ['lib', 'deps', 'dist'].filter(name => existsSync(join(folder, name))))
    for (const name of readdirSync(join(folder, inside), { recursive: true, encoding: 'utf8' })) {
      const stats = lstatSync(join(folder, inside, name), { bigint: true, throwIfNoEntry: false })
      hash.update(`${inside} ${name} ${stats?.size} ${stats?.ino} ${stats?.mtimeNs} ${stats?.ctimeNs}\n`)
    }
  return hash.digest('hex')
}

const resultOf = (outcome: Trial | string, keeps: string): E.Either<string, Trial> =>
  typeof outcome === 'string'
    ? E.left(`installed, but it does not start: ${outcome} (tried once a boot; remove ${keeps} to have it tried again)`)
    : E.right(outcome)

/**
 * What a package's TensorFlow did when it was started in a child process, within a minute; `Left` says why it is not used. It is tried
 * once a boot of the machine, and again when its files change.
 */
export const triedPackage =
  (name: string, options: TrialOptions = {}): TE.TaskEither<string, Trial> =>
  async () => {
    const folder = packageFolder(name)
    if (E.isLeft(folder)) return folder
    const cache = cacheFolder({ ...process.env, ...options.env })
    const keeps = proofPath(cache, `package-${createHash('sha256').update(folder.right).digest('hex').slice(0, 8)}`)
    const now = { boot: bootId(), machine: machine(), manifest: name, fingerprint: fingerprint(folder.right) }
    const before = E.isRight(trustedFolder(cache)) ? await readProof(keeps) : undefined
    if (
      before !== undefined &&
      before.boot === now.boot &&
      before.machine === now.machine &&
      before.fingerprint === now.fingerprint
    )
      return resultOf(before.trial, keeps)
    const tried = await tryNative(byPackage, folder.right, { timeoutSeconds: 60, ...options })()
    const outcome = E.isRight(tried) ? tried.right : tried.left
    if (options.signal?.aborted !== true && E.isRight(await ownFolder(cache)()))
      await writeProof(keeps, { ...now, trial: outcome })
    return resultOf(outcome, keeps)
  }

/** How much quicker something must be to count as quicker: less is noise. */
const clearly = 1.25

/**
 * Which native TensorFlows are better, best first: one that computes on a graphics card, then the one whose product of matrices was
 * clearly quicker; of equals the first given.
 */
export const bestFirst = <A extends { readonly trial: Trial }>(found: readonly A[]): readonly A[] =>
  found.toSorted((a, b) => {
    if (a.trial.gpu !== b.trial.gpu) return a.trial.gpu ? -1 : 1
    const ratio = a.trial.milliseconds / b.trial.milliseconds
    return ratio > clearly ? 1 : ratio < 1 / clearly ? -1 : 0
  })
