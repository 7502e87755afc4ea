import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { either as E, taskEither as TE } from 'fp-ts'
import * as t from 'io-ts'
import { fault } from 'kinograd/flow'
import type { WorldFault } from './files.ts'
import { readAs, readFault } from './files.ts'
import type { TeacherRates } from './rates.ts'
import { colours, directions, letters, type Scene, shapes } from './scene.ts'
import type { Split, WorldSizes } from './split.ts'
import { splits } from './split.ts'

/** What determines a world. Two worlds with the same parameters hold the same files. */
export interface Parameters {
  readonly version: 1
  readonly seed: number
  readonly sizes: WorldSizes
  readonly otherShare: number
  readonly rates: TeacherRates
  readonly crf: number
}

export type WorldCounts = Readonly<Record<Split, { readonly clips: number; readonly questions: number }>>

/** Written last: a folder that has it was once complete. */
export interface Manifest {
  readonly parameters: Parameters
  readonly counts: WorldCounts
}

/** A complete world on disk. */
export interface World {
  /** Root that the records' paths are relative to. */
  readonly directory: string
  /** Files of records in the format of Video-R1 (one JSON list each). */
  readonly records: Readonly<Record<Split, string>>
  readonly counts: WorldCounts
  /** Folder with tokenizer.json and tokenizer_config.json. */
  readonly tokenizer: string
  /** The sidecar: one line a clip with its scene and the ids of its questions. */
  readonly scenes: string
}

/** Where everything lies in a world's folder. */
export const worldAt = (directory: string, counts: WorldCounts): World => ({
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

const read = (path: string): TE.TaskEither<WorldFault, string> =>
  TE.tryCatch(
    () => readFile(path, 'utf8'),
    error => readFault(path, error),
  )

const splitCounts = t.type({ clips: t.number, questions: t.number })
const manifestCodec = t.type(
  { counts: t.type({ 'train-sft': splitCounts, 'train-rl': splitCounts, dev: splitCounts, test: splitCounts }) },
  'manifest of a world',
)

const oneOf = <T extends string>(words: readonly T[], name: string): t.Type<T, string, unknown> => {
  const is = (value: unknown): value is T => words.some(word => word === value)
  return new t.Type<T, string, unknown>(
    name,
    is,
    (value, context) => (is(value) ? t.success(value) : t.failure(value, context)),
    String,
  )
}

const scene = t.type(
  {
    objects: t.array(
      t.type({
        colour: oneOf(colours, 'colour'),
        shape: oneOf(shapes, 'shape'),
        direction: oneOf(directions, 'direction'),
        from: t.number,
        to: t.number,
        lane: t.number,
        appears: t.number,
        jitter: t.tuple([t.number, t.number]),
      }),
    ),
    letter: oneOf(letters, 'letter'),
    digit: t.number,
    textX: t.number,
    background: t.number,
  },
  'scene',
)
const sceneLine = t.type({ problem_ids: t.array(t.number), scene }, 'line of the sidecar')

/** Opens a complete world. Left when there is none, or clips are missing. */
export const openWorld =
  (directory: string): TE.TaskEither<WorldFault, World> =>
  async () => {
    const path = join(directory, 'manifest.json')
    const manifest = E.flatMap((text: string) => readAs(manifestCodec, path, text))(await read(path)())
    if (E.isLeft(manifest)) return manifest
    const { counts } = manifest.right
    for (const split of splits) {
      const names = await readdir(join(directory, 'clips', split)).catch((): string[] => [])
      const clips = names.filter(name => /^\d+\.mp4$/.test(name)).length
      if (clips !== counts[split].clips) {
        const cause = `${directory} has ${clips} clips of ${split} where its manifest counts ${counts[split].clips}`
        return E.left(fault('BrokenWorld', cause, 'Make the world again in the same folder: what is missing is added.'))
      }
    }
    return E.right(worldAt(directory, counts))
  }

/** Reads the sidecar: scenes by record id, as the scripted teacher wants them. Some 300 bytes a clip. */
export const readScenes =
  (world: World): TE.TaskEither<WorldFault, ReadonlyMap<string, Scene>> =>
  async () => {
    const text = await read(world.scenes)()
    if (E.isLeft(text)) return text
    const scenes = new Map<string, Scene>()
    for (const line of text.right.split('\n').filter(l => l !== '')) {
      const parsed = readAs(sceneLine, world.scenes, line)
      if (E.isLeft(parsed)) return parsed
      for (const id of parsed.right.problem_ids) scenes.set(String(id), parsed.right.scene)
    }
    return E.right(scenes)
  }
