import { access, mkdir, readdir, readFile, rename } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { either as E, taskEither as TE } from 'fp-ts'
import type { Fault } from 'kinograd/flow'
import { fault } from 'kinograd/flow'
import type { Frames } from 'kinograd/media'
import type { WorldFault } from './files.ts'
import { parseJson, readFault, writeWhole, writing } from './files.ts'
import type { TeacherRates } from './rates.ts'
import { defaultRates } from './rates.ts'
import { fps, render } from './render.ts'
import type { Scene } from './scene.ts'
import type { ClipPlan, Split, SplitSize } from './split.ts'
import { planClip, splits } from './split.ts'
import { tokenizerFiles } from './tokenizer.ts'

export type WorldSizes = Readonly<Record<Split, SplitSize>>

/** Writes frames as one video file; `encodeVideo` of kinograd/media in the example. */
export type Encode = (
  path: string,
  frames: Frames,
  options: { readonly width: number; readonly height: number; readonly fps: number; readonly crf: number },
  signal: AbortSignal,
) => TE.TaskEither<Fault, unknown>

export interface WorldOptions {
  readonly seed: number
  readonly directory: string
  readonly sizes: WorldSizes
  readonly encode: Encode
  /** Share of questions of the four problem types other than numerical, all together. 0.2 unless given. */
  readonly otherShare?: number
  /** Rates of the teacher that the raw pool of `train-sft` is made for. */
  readonly rates?: TeacherRates
  /** Constant rate factor of x264: 0 is lossless, 51 the worst. 18 unless given. */
  readonly crf?: number
  /** Clips encoded at the same time; 2 unless given. At most as many decoded clips are held in memory. */
  readonly inFlight?: number
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: { readonly done: number; readonly total: number }) => void
}

/** What determines a world. Two worlds with the same parameters hold the same files. */
interface Parameters {
  readonly version: 1
  readonly seed: number
  readonly sizes: WorldSizes
  readonly otherShare: number
  readonly rates: TeacherRates
  readonly crf: number
}

/** Written last: a folder that has it is complete. */
interface Manifest {
  readonly parameters: Parameters
  readonly counts: Readonly<Record<Split, { readonly clips: number; readonly questions: number }>>
}

/** A complete world on disk. */
export interface World {
  /** Root that the records' paths are relative to. */
  readonly directory: string
  /** Files of records in the format of Video-R1 (one JSON list each). */
  readonly records: Readonly<Record<Split, string>>
  readonly counts: Manifest['counts']
  /** Folder with tokenizer.json and tokenizer_config.json. */
  readonly tokenizer: string
  /** The sidecar: one line a clip with its scene and the ids of its questions. */
  readonly scenes: string
}

const worldAt = (directory: string, counts: Manifest['counts']): World => ({
  directory,
  records: {
    'train-sft': join(directory, 'train-sft.json'),
    'train-rl': join(directory, 'train-rl.json'),
    dev: join(directory, 'dev.json'),
    test: join(directory, 'test.json'),
  },
  counts,
  tokenizer: join(directory, 'tokenizer'),
  scenes: join(directory, 'scenes.jsonl'),
})

/** All clips of a world in order; problem ids run through all splits from 1. Pure. */
export const planWorld = (
  options: Pick<WorldOptions, 'seed' | 'sizes' | 'otherShare' | 'rates'>,
): readonly ClipPlan[] => {
  let id = 1
  return splits.flatMap(split =>
    Array.from({ length: options.sizes[split].clips }, (_, index) => {
      const size = options.sizes[split]
      const plan = planClip(
        options.seed,
        split,
        index,
        size,
        id,
        options.otherShare ?? 0.2,
        options.rates ?? defaultRates,
      )
      id += size.questions
      return plan
    }),
  )
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )

const cancelled = fault('Cancelled', 'making the world was cancelled', 'The same command continues where it stopped.')

/** Encodes one clip unless it is there. A file with its final name is always whole. */
const makeClip =
  (options: WorldOptions, plan: ClipPlan): TE.TaskEither<WorldFault, void> =>
  async () => {
    const path = join(options.directory, plan.path)
    if (await exists(path)) return E.right(undefined)
    const part = path.replace(/\.mp4$/, '.part.mp4')
    const frames = render(plan.scene, options.seed, plan.path)
    const settings = { width: frames.width, height: frames.height, fps, crf: options.crf ?? 18 }
    const encoded = await options.encode(part, frames, settings, options.signal ?? new AbortController().signal)()
    if (options.signal?.aborted) return E.left(cancelled)
    if (E.isLeft(encoded)) return E.left(fault('NotEncoded', `${path}: ${encoded.left.cause}`, encoded.left.remedy))
    return writing(path, () => rename(part, path))()
  }

/** Encodes all clips, `inFlight` at a time; the first failure ends the work of all. */
const makeClips =
  (options: WorldOptions, plans: readonly ClipPlan[]): TE.TaskEither<WorldFault, void> =>
  async () => {
    let next = 0
    let done = 0
    let failure: WorldFault | undefined
    const lane = async () => {
      for (let plan = plans[next++]; plan !== undefined && failure === undefined; plan = plans[next++]) {
        const made = options.signal?.aborted ? E.left(cancelled) : await makeClip(options, plan)()
        if (E.isLeft(made)) failure ??= made.left
        else options.onProgress?.({ done: ++done, total: plans.length })
      }
    }
    await Promise.all(Array.from({ length: options.inFlight ?? 2 }, lane))
    return failure === undefined ? E.right(undefined) : E.left(failure)
  }

const countsOf = (plans: readonly ClipPlan[]): Manifest['counts'] => {
  const count = (split: Split) => {
    const mine = plans.filter(plan => plan.split === split)
    return { clips: mine.length, questions: mine.reduce((sum, plan) => sum + plan.records.length, 0) }
  }
  return { 'train-sft': count('train-sft'), 'train-rl': count('train-rl'), dev: count('dev'), test: count('test') }
}

const recordLines = (plans: readonly ClipPlan[], split: Split): string =>
  `[\n${plans
    .filter(plan => plan.split === split)
    .flatMap(plan => plan.records.map(record => JSON.stringify(record)))
    .join(',\n')}\n]\n`

const sceneLines = (plans: readonly ClipPlan[]): string =>
  plans
    .map(
      ({ path, records, scene }) => `${JSON.stringify({ path, problem_ids: records.map(r => r.problem_id), scene })}\n`,
    )
    .join('')

/** What stands in the folder: nothing, the beginning of this very world, or all of it. Left when it is something else. */
const inspect =
  (directory: string, parameters: Parameters): TE.TaskEither<WorldFault, 'empty' | 'begun' | 'complete'> =>
  async () => {
    const found = join(directory, 'parameters.json')
    const names = await readdir(directory).catch(() => [])
    if (names.length === 0) return E.right('empty')
    const text = await readFile(found, 'utf8').catch(() => '')
    if (text.trim() !== JSON.stringify(parameters))
      return E.left(
        fault(
          'OtherWorld',
          `${directory} holds ${text === '' ? `${names.length} other files` : 'a world with other parameters'}`,
          'Choose another folder, or delete this one.',
        ),
      )
    return E.right((await exists(join(directory, 'manifest.json'))) ? 'complete' : 'begun')
  }

/**
 * Makes a world: clips as H.264 files, records in the format of Video-R1, the sidecar and the tokenizer. Called again with
 * the same parameters it returns at once when all is there, and goes on with the missing clips when it was cut off.
 * Holds `inFlight` rendered clips (75 kB each) and the plan (some 2 kB a clip). Left: no space, not writable, a folder
 * that holds something else, an encoder's failure, cancelled.
 */
export const createWorld = (options: WorldOptions): TE.TaskEither<WorldFault, World> => {
  const { directory, seed, sizes, otherShare = 0.2, rates = defaultRates, crf = 18 } = options
  const parameters: Parameters = { version: 1, seed, sizes, otherShare, rates, crf }
  const at = (name: string) => join(directory, name)
  return async () => {
    const state = await inspect(directory, parameters)()
    if (E.isLeft(state)) return state
    if (state.right === 'complete') return openWorld(directory)()
    const plans = planWorld(options)
    const { tokenizerJson, tokenizerConfig } = tokenizerFiles()
    const counts = countsOf(plans)
    const folders = [...new Set(plans.map(plan => dirname(at(plan.path))))]
    const manifest: Manifest = { parameters, counts }
    const work: readonly TE.TaskEither<WorldFault, unknown>[] = [
      writeWhole(at('parameters.json'), `${JSON.stringify(parameters)}\n`),
      ...folders.map(folder => writing(folder, () => mkdir(folder, { recursive: true }))),
      writeWhole(at('tokenizer/tokenizer.json'), `${JSON.stringify(tokenizerJson, null, 1)}\n`),
      writeWhole(at('tokenizer/tokenizer_config.json'), `${JSON.stringify(tokenizerConfig, null, 1)}\n`),
      writeWhole(at('scenes.jsonl'), sceneLines(plans)),
      ...splits.map(split => writeWhole(at(`${split}.json`), recordLines(plans, split))),
      makeClips(options, plans),
      writeWhole(at('manifest.json'), `${JSON.stringify(manifest, null, 1)}\n`),
    ]
    for (const step of work) {
      const result = await step()
      if (E.isLeft(result)) return result
    }
    return E.right(worldAt(directory, counts))
  }
}

/** Opens a complete world. Left when there is none, or clips are missing. */
export const openWorld =
  (directory: string): TE.TaskEither<WorldFault, World> =>
  async () => {
    const path = join(directory, 'manifest.json')
    const text = await TE.tryCatch(
      () => readFile(path, 'utf8'),
      error => readFault(path, error),
    )()
    if (E.isLeft(text)) return text
    const manifest = parseJson<Manifest>(path, text.right)
    if (E.isLeft(manifest)) return manifest
    const { counts } = manifest.right
    for (const split of splits) {
      const names = await readdir(join(directory, 'clips', split)).catch((): string[] => [])
      const clips = names.filter(name => name.endsWith('.mp4') && !name.endsWith('.part.mp4')).length
      if (clips !== counts[split].clips)
        return E.left(
          fault(
            'BrokenWorld',
            `${directory} has ${clips} clips of ${split} where its manifest counts ${counts[split].clips}`,
            'Delete the file manifest.json there and make the world again: what is missing is added.',
          ),
        )
    }
    return E.right(worldAt(directory, counts))
  }

/** Reads the sidecar: scenes by record id, as the scripted teacher wants them. */
export const readScenes =
  (world: World): TE.TaskEither<WorldFault, ReadonlyMap<string, Scene>> =>
  async () => {
    const text = await TE.tryCatch(
      () => readFile(world.scenes, 'utf8'),
      error => readFault(world.scenes, error),
    )()
    if (E.isLeft(text)) return text
    const scenes = new Map<string, Scene>()
    for (const line of text.right.split('\n').filter(l => l !== '')) {
      const read = parseJson<{ readonly problem_ids: readonly number[]; readonly scene: Scene }>(world.scenes, line)
      if (E.isLeft(read)) return read
      for (const id of read.right.problem_ids) scenes.set(String(id), read.right.scene)
    }
    return E.right(scenes)
  }
