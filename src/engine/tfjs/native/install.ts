import { randomUUID } from 'node:crypto'
import { mkdir, readdir, rename, rm, stat, statfs } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { either as E, taskEither as TE } from 'fp-ts'
import { fault, messageOf } from '../../../flow/index.ts'
import type { EngineFault } from '../../engine.ts'
import { compileBinding } from './compile.ts'
import { fetchParts } from './fetch.ts'
import { writeLoader } from './loader.ts'
import { packagedBinding } from './packaged.ts'
import { pins, type Wheel, wheelFor } from './pins.ts'
import { nativeFolder, switchedOff } from './place.ts'
import { findTools, type Tools } from './tools.ts'
import { verifiedBuild, verifyBuild } from './verify.ts'

/** How an installation is stopped and heard. */
export interface InstallOptions {
  readonly signal?: AbortSignal
  /** Gets one line when there is something to fetch and build, and one when it is done. */
  readonly log?: (line: string) => void
  readonly env?: NodeJS.ProcessEnv
}

/** Where the native backend is, and how long it took to get it. */
export interface Installed {
  /** Folder of the compiled binding, or name of the npm package that has one. */
  readonly where: string
  readonly tensorflow: string
  /** 0 when it was there already. */
  readonly seconds: number
}

const abandonedAfter = 3_600_000

/** Removes what killed builds left behind. */
const sweep = async (directory: string): Promise<void> => {
  const parent = dirname(directory)
  for (const name of await readdir(parent)) {
    if (!name.startsWith(`${basename(directory)}.`) || !name.endsWith('.part')) continue
    const { mtimeMs } = await stat(join(parent, name))
    if (Date.now() - mtimeMs > abandonedAfter) await rm(join(parent, name), { recursive: true, force: true })
  }
}

const enoughRoom = async (parent: string, megabytes: number): Promise<E.Either<string, void>> => {
  const { bavail, bsize } = await statfs(parent)
  const free = Math.floor((bavail * bsize) / 1e6)
  return free >= megabytes
    ? E.right(undefined)
    : E.left(`${parent} has ${free} MB free, the build takes ${megabytes} MB`)
}

/** Builds in a folder of its own and renames it at the end; of two processes the first to end wins, and both use its build. */
const build =
  (directory: string, tools: Tools, wheel: Wheel, signal?: AbortSignal): TE.TaskEither<string, string> =>
  async () => {
    const parent = dirname(directory)
    const part = `${directory}.${randomUUID()}.part`
    try {
      await mkdir(part, { recursive: true })
      await sweep(directory)
      const room = await enoughRoom(parent, wheel.megabytes + wheel.unpacked)
      if (E.isLeft(room)) return room
      const made = await TE.flatMap(fetchParts(part, tools, wheel, signal), () =>
        compileBinding(part, tools.compiler, signal),
      )()
      if (E.isLeft(made)) return made
      await writeLoader(part)
      const version = await verifyBuild(part, signal)()
      if (E.isLeft(version)) return version
      const ours = await rename(part, directory).then(
        () => true,
        () => false,
      )
      if (ours) return version
      const theirs = await verifiedBuild(directory, signal)()
      if (E.isRight(theirs)) return theirs
      await rm(directory, { recursive: true, force: true })
      await rename(part, directory)
      return version
    } catch (error) {
      return E.left(messageOf(error))
    } finally {
      await rm(part, { recursive: true, force: true })
    }
  }

/**
 * Brings a native TensorFlow for this Node: nothing to do when an npm package has one or an earlier build is there; else the binding
 * of tfjs-node is compiled against the TensorFlow of the Python wheel (about 270 MB to fetch, 900 MB kept, half a minute). Linux on
 * x64 and arm64. Needs npm, Python with pip and a C++ compiler; runs no script of any package; all versions and sums are pinned.
 * `Left('NoBackend')` says in one sentence why it is not possible here; nothing is left half built. Aborting the signal stops it.
 */
export const installNative =
  ({ signal, log = () => undefined, env = process.env }: InstallOptions = {}): TE.TaskEither<EngineFault, Installed> =>
  async () => {
    const not = (why: string): E.Either<EngineFault, never> =>
      E.left(
        signal?.aborted
          ? fault('Cancelled', 'the native backend was not built: cancelled', 'Run it again to build it.')
          : fault(
              'NoBackend',
              `no native backend: ${why}`,
              'WebAssembly is used instead; `kinograd doctor` says how to get the faster one.',
            ),
      )
    const off = switchedOff(env)
    if (off !== undefined) return not(off)
    const packaged = packagedBinding()
    if (packaged !== undefined) return E.right({ where: packaged, tensorflow: 'of the package', seconds: 0 })
    const directory = nativeFolder(env)
    const before = await verifiedBuild(directory, signal)()
    if (E.isRight(before)) return E.right({ where: directory, tensorflow: before.right, seconds: 0 })
    if (wheelFor(process.platform, process.arch, false) === undefined)
      return not(`the binding is compiled on Linux (x64, arm64) only, this is ${process.platform} ${process.arch}`)
    const tools = await findTools(env, signal)()
    if (E.isLeft(tools)) return not(tools.left)
    const wheel = wheelFor(process.platform, process.arch, tools.right.cuda) as Wheel
    log(
      `Native backend: fetching TensorFlow ${pins.tensorflow} (${wheel.what}, about ${wheel.megabytes} MB) and compiling its binding, once, about half a minute; KINOGRAD_NATIVE=off or --backend wasm does without.`,
    )
    const started = performance.now()
    const built = await build(directory, tools.right, wheel, signal)()
    if (E.isLeft(built)) return not(built.left)
    const seconds = (performance.now() - started) / 1000
    log(`Native backend: TensorFlow ${built.right} is ready after ${seconds.toFixed(0)} s in ${directory}.`)
    return E.right({ where: directory, tensorflow: built.right, seconds })
  }
