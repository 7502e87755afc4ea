import { join } from 'node:path'
import { function as F, taskEither as TE } from 'fp-ts'
import * as t from 'io-ts'
import { loadTokenizer } from 'kinograd/engine'
import type { Fault } from 'kinograd/flow'
import { type Decoder, encodeVideo, inMemory } from 'kinograd/media'
import { phase, type Run, requireSpace } from 'kinograd/run'
import { chainsFile, cotState, makeCotData } from './cot.ts'
import { checkpointOf, type Job, manifestOf, sweep } from './job.ts'
import { tinyConfig } from './policy.ts'
import type { Preset } from './presets.ts'
import { sftState, trainSft } from './sft.ts'
import { retention, type Summary } from './summary.ts'
import { type TeacherKind, teachersOf } from './teacher.ts'
import { createWorld, openWorld, readScenes, type World } from './world/index.ts'

/** What stands when fine-tuning is done. */
export interface Prepared {
  readonly job: Job
  /** Folder of the SFT checkpoint. */
  readonly sft: string
  readonly retention: Summary['retention']
  readonly decoder: string
  readonly teacher: string
  readonly judge: string
}

export interface Preparation {
  readonly run: Run
  readonly preset: Preset
  readonly seed: number
  readonly decoder: Decoder
  readonly teacher: TeacherKind
  readonly signal: AbortSignal
  /** The share of the records of a phase that may fail; 5 % by default. */
  readonly tolerate?: number
}

/** Bytes that a clip with its questions and chains takes on disk, rounded up, and what checkpoints and logs take. */
const bytesNeeded = ({ world }: Preset): number =>
  Object.values(world).reduce((sum, { clips }) => sum + clips, 0) * 12_000 + 50_000_000

/** The world that its phase made. What is missing since then is not put back in silence. */
const made = (root: string, marker: string): TE.TaskEither<Fault, World> =>
  TE.mapLeft(
    (broken: Fault): Fault => ({ ...broken, remedy: `Remove ${marker} and --resume: what is missing is made again.` }),
  )(openWorld(root))

/** The phases up to the SFT checkpoint: world, CoT data, SFT. Finished ones are not done again. */
export const prepare = ({
  run,
  preset,
  seed,
  decoder,
  teacher,
  signal,
  tolerate = 0.05,
}: Preparation): TE.TaskEither<Fault, Prepared> => {
  const root = join(run.directory, 'world')
  const cot = join(run.directory, chainsFile)
  const files = ['train-sft.json', 'train-rl.json', 'dev.json', 'test.json', 'scenes.jsonl', 'manifest.json']
  const writes = files.map(name => join(root, name))
  const world = createWorld({
    seed,
    directory: root,
    sizes: preset.world,
    encode: encodeVideo,
    signal,
    onProgress: ({ done, total }) => run.status?.progress('world', done, total, 'clips'),
  })
  return F.pipe(
    requireSpace(run.directory, bytesNeeded(preset)),
    TE.flatMap(() => phase(run, 'world', t.null, () => TE.map(() => null)(world), { writes })),
    TE.flatMap(() => made(root, join(run.directory, 'phases', 'world.done.json'))),
    TE.bindTo('made'),
    TE.bindW('scenes', ({ made }) => readScenes(made)),
    TE.bindW('tokenizer', ({ made }) => loadTokenizer(made.tokenizer)),
    TE.bindW('teachers', ({ scenes }) =>
      TE.fromEither(teachersOf(teacher, { scenes, seed, folder: join(run.directory, 'teacher') })),
    ),
    TE.bind('job', ({ made, tokenizer }) =>
      TE.right<Fault, Job>({
        run,
        preset,
        seed,
        world: { root, decoder: inMemory(decoder, { bytes: 600_000_000 }), tokenizer },
        records: made.records,
        config: tinyConfig(tokenizer),
        signal,
        tolerate,
      }),
    ),
    TE.bind('kept', ({ job, made: { records, scenes }, teachers }) =>
      phase(run, 'CoT data', retention, points => makeCotData(job, teachers, points), {
        state: cotState,
        reads: [records['train-sft'], scenes],
      }),
    ),
    TE.tap(({ job }) =>
      phase(run, 'SFT', t.type({ loss: t.number }), points => trainSft(job, cot, checkpointOf(job, 'sft'), points), {
        state: sftState,
        writes: [manifestOf(checkpointOf(job, 'sft'))],
      }),
    ),
    TE.tap(({ job }) => sweep(job, 'SFT')),
    TE.map(({ job, kept, teachers }) => ({
      job,
      sft: checkpointOf(job, 'sft'),
      retention: kept,
      decoder: decoder.name,
      teacher: teachers.annotator.name,
      judge: teachers.judge.name,
    })),
  )
}
