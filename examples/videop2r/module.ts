import { join } from 'node:path'
import { either as E, function as F, taskEither as TE } from 'fp-ts'
import * as t from 'io-ts'
import { fault } from 'kinograd/flow'
import { type RecipeModule, splitOf } from 'kinograd/recipe'
import { taggedAnswer } from 'kinograd/reward'
import { answerReward, sufficiencyReward } from 'kinograd/stages'
import { gradeOf } from './grading.ts'
import { worldPolicy } from './policy.ts'
import { teachersOf } from './teacher.ts'
import { openWorld, readScenes, ruleJudge } from './world/index.ts'
import { bytesNeeded, worldWork } from './world-work.ts'

/*
 * What micro.yaml cannot say: the world that the run makes for itself, a policy with the words of that world, a teacher who knows its
 * scenes, and judges that are rules.
 */

const size = t.intersection([t.type({ clips: t.number, questions: t.number }), t.partial({ other: t.number })])
const settings = t.type(
  {
    preset: t.string,
    teacher: t.union([t.literal('scripted'), t.literal('claude')]),
    world: t.type({ 'train-sft': size, 'train-rl': size, dev: size, test: size }),
  },
  'settings of the world',
)

const badSettings = fault(
  'BadConfig',
  'module.settings does not have a preset, a teacher (scripted or claude), and clips and questions of the four parts of the world',
  'Write them as examples/videop2r/micro.yaml does.',
)

const recipeModule: RecipeModule = request =>
  F.pipe(
    settings.decode(request.settings),
    E.mapLeft(() => badSettings),
    E.map(({ preset, teacher, world }) => {
      const { directory, seed } = request
      const root = join(directory, 'world')
      const pool = splitOf(join(root, 'train-sft.json'))
      return {
        preset,
        bytes: bytesNeeded(world),
        groundwork: worldWork(root, seed, world),
        root,
        records: {
          data: { ...pool, files: [...pool.files, join(root, 'scenes.jsonl')] },
          rl: splitOf(join(root, 'train-rl.json')),
          watch: splitOf(join(root, 'dev.json')),
          evaluation: splitOf(join(root, 'test.json')),
        },
        policy: worldPolicy(join(root, 'tokenizer'), seed),
        teachers: F.pipe(
          openWorld(root),
          TE.flatMap(readScenes),
          TE.flatMapEither(scenes => teachersOf(teacher, { scenes, seed, folder: join(directory, 'teacher') })),
        ),
        accuracy: {
          perception: sufficiencyReward(ruleJudge, ({ processes }) => processes.perception?.observation ?? null),
          reasoning: answerReward(({ text }) => taggedAnswer(text)),
        },
        grade: gradeOf,
      }
    }),
    TE.fromEither,
  )

export default recipeModule
