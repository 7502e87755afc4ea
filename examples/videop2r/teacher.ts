import { either as E, function as F } from 'fp-ts'
import type { VideoRecord } from 'kinograd/dataset'
import { type Fault, rateLimit } from 'kinograd/flow'
import {
  generationPrompt,
  parseJudgement,
  questionText,
  sufficiencyPrompt,
  videoP2R,
  videoP2RGuide,
} from 'kinograd/process'
import type { Teachers } from 'kinograd/recipe'
import { annotator, cachedAnswers, claude, judge, limited } from 'kinograd/teacher'
import { imperfectJudge, ruleJudge, type Scene, scriptedTeacher } from './world/index.ts'

export type TeacherKind = 'scripted' | 'claude'

/** Accuracy of VideoP2R's cheapest judge (its Table 4). */
export const judgeAccuracy = 0.82

/** The scripted teacher and a rule judge that errs like the paper's cheapest one: no key, no network. */
const scripted = (scenes: ReadonlyMap<string, Scene>, seed: number): Teachers => ({
  annotator: scriptedTeacher({ scenes, seed }),
  judge: imperfectJudge(ruleJudge, judgeAccuracy, seed),
  prompt: ({ problem }) => problem,
})

/** The language of the world, for a teacher that has to be told: the policy knows no other words. */
const language = `Write in the small language of these clips, words and full stops apart by single spaces, lower case but for letters.
Observation: "notice" and one sentence for each fact that the question needs, such as
"red circle moves left from 4 to 1 .", "number shows 7 .", "letter shows K .", "red circle appears at 2 ."
(columns count 1 to 4 from the left, rows 1 to 3 from the top; letters H K M P R T X Z are worth 1 2 3 4 1 2 3 4; a path's length is
the difference of its numbers; plus and minus count modulo 10).
Think: one step a sentence, such as "red path is 3 . 7 plus 3 is 0 . so it is 0 ." Answer: the bare answer, such as "0".
Write <observation> … </observation> <think> … </think> <answer> … </answer> and nothing else.`

const withClaude = (model: string, folder: string): E.Either<Fault, Teachers> =>
  F.pipe(
    claude({ model }),
    E.map(client => {
      const asked = cachedAnswers(limited(client, [rateLimit({ requestsPerMinute: 500 })]), folder)
      const question = (record: VideoRecord) => questionText(record.problem, record.options)
      return {
        annotator: annotator(asked),
        judge: judge(asked, {
          prompt: ({ record, observation }) =>
            sufficiencyPrompt({
              dataType: record.dataType === 'image' ? 'image' : 'video',
              question: question(record),
              answer: record.answer,
              observation,
            }),
          parse: parseJudgement,
        }),
        prompt: record =>
          `${generationPrompt(videoP2R, videoP2RGuide, question(record), record.problemType)}\n\n${language}`,
      }
    }),
  )

/** The teachers of a kind. `Left('NoKey')` when Claude is asked for and there is no key. */
export const teachersOf = (
  kind: TeacherKind,
  { scenes, seed, folder }: { scenes: ReadonlyMap<string, Scene>; seed: number; folder: string },
): E.Either<Fault, Teachers> =>
  kind === 'scripted' ? E.right(scripted(scenes, seed)) : withClaude('claude-haiku-5-5', folder)
