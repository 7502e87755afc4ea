import { join } from 'node:path'
import { function as F, taskEither as TE } from 'fp-ts'
import { cotRecord } from 'kinograd/dataset'
import { cosine } from 'kinograd/engine/tfjs'
import type { Fault } from 'kinograd/flow'
import { type Decoder, inMemory, uniform } from 'kinograd/media'
import { videoP2R } from 'kinograd/process'
import { type Arm, type Recipe, splitOf, type Teachers } from 'kinograd/recipe'
import { noLength, taggedAnswer } from 'kinograd/reward'
import * as S from 'kinograd/stages'
import { armNames, arms, type Process } from './arms.ts'
import { gradeOf } from './grading.ts'
import { worldPolicy } from './policy.ts'
import type { Preset } from './presets.ts'
import { type TeacherKind, teachersOf } from './teacher.ts'
import { openWorld, readScenes, ruleJudge } from './world/index.ts'
import { bytesNeeded, worldWork } from './world-work.ts'

type Tag = 'observation' | 'think' | 'answer'

/** What one main job is: the numbers, and where it happens. */
export interface MainJob {
  readonly directory: string
  readonly preset: Preset
  readonly seed: number
  /** Name of the tensor backend: what a run begins on it goes on on. */
  readonly backend: string
  readonly decoder: Decoder
  readonly teacher: TeacherKind
  readonly tolerate?: number
  /** Other arms than the three of the comparison. */
  readonly arms?: readonly Arm<Process>[]
}

const teachersIn = ({ directory, seed, teacher }: MainJob, root: string): TE.TaskEither<Fault, Teachers> =>
  F.pipe(
    openWorld(root),
    TE.flatMap(readScenes),
    TE.flatMapEither(scenes => teachersOf(teacher, { scenes, seed, folder: join(directory, 'teacher') })),
  )

const reinforcement = ({ preset: { rl }, arms: given }: MainJob, root: string): Recipe<Process, Tag>['rl'] => ({
  records: splitOf(join(root, 'train-rl.json')),
  watch: { records: splitOf(join(root, 'dev.json')), every: rl.every },
  arms: given ?? armNames.map(name => ({ name, ...arms[name], rate: rl.rates[name] })),
  updates: rl.updates,
  prompts: rl.prompts,
  sampling: { count: rl.completions, maxTokens: 72, temperature: 1 },
  rewards: {
    accuracy: {
      perception: S.sufficiencyReward(ruleJudge, ({ processes }) => processes.perception?.observation ?? null),
      reasoning: S.answerReward(({ text }) => taggedAnswer(text)),
    },
    length: { perception: noLength, reasoning: noLength },
  },
})

/** The main job as a recipe: VideoP2R on a world of small clips, with a policy and a teacher of its own. */
export const mainJob = (job: MainJob): Recipe<Process, Tag> => {
  const { directory, preset, seed, backend, teacher, tolerate } = job
  const { name, world, sft } = preset
  const root = join(directory, 'world')
  const pool = splitOf(join(root, 'train-sft.json'))
  return {
    title: `VideoP2R on a world of small clips, preset ${name}`,
    directory,
    settings: { preset: name, seed, backend, teacher, world, sft, rl: preset.rl },
    preset: name,
    seed,
    ...(tolerate === undefined ? {} : { tolerate }),
    minutes: preset.minutes[backend === 'native' ? 'native' : 'wasm'],
    bytes: bytesNeeded(world),
    template: videoP2R,
    media: { root, decoder: inMemory(job.decoder, { bytes: 600_000_000 }), spec: uniform(8) },
    policy: worldPolicy(join(root, 'tokenizer'), seed),
    groundwork: worldWork(root, seed, world),
    data: {
      records: { ...pool, files: [...pool.files, join(root, 'scenes.jsonl')] },
      teachers: teachersIn(job, root),
      tags: { answer: 'answer', observation: 'observation', think: 'think' },
      codec: cotRecord,
    },
    sft: {
      steps: sft.steps,
      batch: sft.batch,
      rate: cosine(sft.rate, { steps: sft.steps, warmup: Math.min(50, sft.steps / 5), floor: 0.05 }),
    },
    rl: reinforcement(job, root)!,
    grading: { grade: gradeOf, sampling: { maxTokens: 72, temperature: 0 } },
    evaluation: {
      records: splitOf(join(root, 'test.json')),
      again: { maxTokens: 72, temperature: 1 },
    },
  }
}
