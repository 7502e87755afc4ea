import { mkdir, readdir, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { either as E, type taskEither as TE } from 'fp-ts'
import type { Fault } from 'kinograd/flow'
import { fault } from 'kinograd/flow'
import type { WorldFault } from './files.ts'
import { exists, writing } from './files.ts'
import { fps, render } from './render.ts'
import type { ClipPlan } from './split.ts'

/** Writes frames ([height, width, 3] bytes each) as one video file, whole or not at all. */
export type Encode = (
  path: string,
  frames: Iterable<Uint8Array>,
  options: { readonly width: number; readonly height: number; readonly fps: number; readonly crf: number },
) => TE.TaskEither<Fault, unknown>

/** How clips are made. */
export interface ClipOptions {
  readonly seed: number
  readonly directory: string
  /** `encodeVideo` of kinograd/media unless given. */
  readonly encode: Encode
  /** Constant rate factor of x264: 0 is lossless, 51 the worst. */
  readonly crf: number
  /** Clips encoded at the same time, at least 1. At most as many decoded clips are held in memory. */
  readonly inFlight: number
  readonly signal: AbortSignal
  readonly onProgress: (progress: { readonly done: number; readonly total: number }) => void
}

const cancelled = fault('Cancelled', 'making the world was cancelled', 'The same command continues where it stopped.')

/** Encodes one clip unless it is there. */
const makeClip =
  (options: ClipOptions, plan: ClipPlan): TE.TaskEither<WorldFault, void> =>
  async () => {
    const path = join(options.directory, plan.path)
    if (await exists(path)) return E.right(undefined)
    const { data, count, width, height } = render(plan.scene, options.seed, plan.path)
    const size = width * height * 3
    const frames = Array.from({ length: count }, (_, f) => data.subarray(f * size, (f + 1) * size))
    const encoded = await options.encode(path, frames, { width, height, fps, crf: options.crf })()
    return E.isLeft(encoded) ? E.left(fault('NotEncoded', encoded.left.cause, encoded.left.remedy)) : E.right(undefined)
  }

/** Makes a folder for clips, and takes out what a killed run left half written. */
const clear = async (folder: string): Promise<void> => {
  await mkdir(folder, { recursive: true })
  const left = (await readdir(folder)).filter(name => name.endsWith('.part'))
  for (const name of left) await rm(join(folder, name), { force: true })
}

/** Encodes all clips that are not there yet, `inFlight` at a time; the first failure ends the work of all. */
export const makeClips =
  (options: ClipOptions, plans: readonly ClipPlan[]): TE.TaskEither<WorldFault, void> =>
  async () => {
    for (const folder of new Set(plans.map(plan => dirname(join(options.directory, plan.path))))) {
      const ready = await writing(folder, () => clear(folder))()
      if (E.isLeft(ready)) return ready
    }
    let next = 0
    let done = 0
    let failure: WorldFault | undefined
    const lane = async () => {
      for (let plan = plans[next++]; plan !== undefined && failure === undefined; plan = plans[next++]) {
        const made = options.signal.aborted ? E.left(cancelled) : await makeClip(options, plan)()
        if (E.isLeft(made)) failure ??= made.left
        else options.onProgress({ done: ++done, total: plans.length })
      }
    }
    await Promise.all(Array.from({ length: options.inFlight }, lane))
    return failure === undefined ? E.right(undefined) : E.left(failure)
  }
