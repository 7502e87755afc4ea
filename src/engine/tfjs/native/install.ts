import { either as E, type taskEither as TE } from 'fp-ts'
import { fault } from '../../../flow/index.ts'
import type { EngineFault } from '../../engine.ts'
import { build } from './build.ts'
import { cudaRemark } from './cuda.ts'
import { sweepParts } from './leavings.ts'
import { nativePackages, triedPackage } from './packaged.ts'
import { type Pins, pins, type Wheel, wheelFor } from './pins.ts'
import { cacheFolder, nativeFolder, switchedOff } from './place.ts'
import { findTools } from './tools.ts'
import { ownFolder } from './trusted.ts'
import { verifiedBuild } from './verify.ts'

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

/** What is fetched: all pinned, or a test's own. */
export interface Fetched {
  readonly pins: Pins
  readonly wheelFor: (platform: string, arch: string, cuda: boolean) => Wheel | undefined
}

/** The first npm package that starts; `gpu`: only if it computes on a graphics card. */
const packageThatStarts = async (options: InstallOptions, gpu: boolean): Promise<Installed | undefined> => {
  for (const name of nativePackages) {
    const tried = await triedPackage(name, options)()
    if (E.isRight(tried) && (tried.right.gpu || !gpu))
      return { where: name, tensorflow: tried.right.version, seconds: 0 }
  }
  return undefined
}

/** The compiled binding, there already or made now; `Left` says why it cannot be had. */
const compiled = async (
  { signal, log = () => undefined, env = process.env }: InstallOptions,
  fetched: Fetched,
): Promise<E.Either<string, Installed>> => {
  const wheel = (cuda: boolean) => fetched.wheelFor(process.platform, process.arch, cuda)
  const directory = nativeFolder(env)
  const owned = await ownFolder(cacheFolder(env))()
  if (E.isLeft(owned)) return owned
  const swept = await sweepParts(cacheFolder(env))
  if (swept > 0) log(`Native backend: ${swept} broken-off installation${swept > 1 ? 's' : ''} removed.`)
  const before = await verifiedBuild(directory, { signal, env })()
  if (E.isRight(before)) return E.right({ where: directory, tensorflow: before.right.version, seconds: 0 })
  const { kind, why } = before.left
  if (kind === 'unfit' || kind === 'untrusted') return E.left(why)
  if (wheel(false) === undefined)
    return E.left(`the binding is compiled on Linux (x64, arm64) only, this is ${process.platform} ${process.arch}`)
  const tools = await findTools(env, signal)()
  if (E.isLeft(tools)) return tools
  const { cuda } = tools.right
  // Without its libraries the larger wheel would compute on the processor all the same.
  const chosen = wheel(cuda.kind === 'ready')!
  const remark = cudaRemark(cuda, fetched.pins.tensorflow)
  if (remark !== undefined) log(remark)
  if (kind === 'damaged') log(`Native backend: ${why.split(';')[0]}.`)
  log(
    `Native backend: fetching TensorFlow ${fetched.pins.tensorflow} (${chosen.what}, about ${chosen.megabytes} MB) and compiling its binding, once, about half a minute; KINOGRAD_NATIVE=off or --backend wasm does without.`,
  )
  const started = performance.now()
  const sources = { tools: tools.right, pins: fetched.pins, wheel: chosen, env, signal }
  const built = await build(directory, sources, log)()
  if (E.isLeft(built)) return built
  const seconds = (performance.now() - started) / 1000
  log(`Native backend: TensorFlow ${built.right.version} is ready after ${seconds.toFixed(0)} s in ${directory}.`)
  return E.right({ where: directory, tensorflow: built.right.version, seconds })
}

/** `installNative` with another source of what is fetched, for tests of the same way through all of it. */
export const installFrom =
  (fetched: Fetched) =>
  (options: InstallOptions = {}): TE.TaskEither<EngineFault, Installed> =>
  async () => {
    const not = (why: string): E.Either<EngineFault, never> =>
      E.left(
        options.signal?.aborted
          ? fault('Cancelled', 'the native backend was not built: cancelled', 'Run it again to build it.')
          : fault(
              'NoBackend',
              `no native backend: ${why}`,
              'WebAssembly is used instead; `kinograd doctor` says how to get the faster one.',
            ),
      )
    const off = switchedOff(options.env)
    if (off !== undefined) return not(off)
    const onCard = await packageThatStarts(options, true)
    if (onCard !== undefined) return E.right(onCard)
    const here = await compiled(options, fetched)
    if (E.isRight(here)) return here
    const packaged = options.signal?.aborted ? undefined : await packageThatStarts(options, false)
    return packaged === undefined ? not(here.left) : E.right(packaged)
  }

/**
 * Brings a native TensorFlow for this Node: nothing to do when an npm package has one that computes on a graphics card here, or when
 * an earlier build is there and whole; else the binding of tfjs-node is compiled against the TensorFlow of the Python wheel (about
 * 270 MB to fetch, 900 MB kept, half a minute). Linux on x64 and arm64. Needs npm, Python with pip and a C++ compiler; runs no script
 * of any package; all versions and sums are pinned. What it starts ends with this process, however that ends; what a killed one left
 * behind is removed; a damaged build is made anew. Of two at once one works, and the other waits. Children get only the part of the
 * environment that they are known to need. `Left('NoBackend')` says in one sentence why it is not possible here, a cache folder
 * that others may write to among the reasons; nothing is left half built. Aborting the signal stops it.
 */
export const installNative = installFrom({ pins, wheelFor })
