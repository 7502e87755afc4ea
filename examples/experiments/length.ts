import { function as F, taskEither as TE } from 'fp-ts'
import type { VideoRecord } from 'kinograd/dataset'
import type { PolicySummary, Recipe } from 'kinograd/recipe'
import { dynamicLength, type LengthHistory, lengthReward, type TokenRange } from 'kinograd/reward'
import type { ExtraReward, HasRecord, HasRollouts } from 'kinograd/stages'
import type { Experiment, Findings } from './experiment.ts'
import { type Reached, reachedBy, reachedFigure, reachedTable } from './reached.ts'
import { difference, mean } from './spread.ts'
import { type ArmSpec, armsOf } from './trained-arm.ts'

/** One range for all questions, in tokens: it fits those that need one fact, and is too short for three facts and their steps. */
const ranges: Readonly<Record<string, TokenRange>> = { perception: [6, 16], reasoning: [4, 12] }
const start = (process: string): TokenRange => ranges[process] ?? [1, 1000]

type Rewards = NonNullable<Recipe<string, string>['rl']>['rewards']
type Group = HasRecord<VideoRecord> & HasRollouts<string, string>

const byProcess = <A>(rewards: Rewards, make: (process: string) => A): Readonly<Record<string, A>> =>
  Object.fromEntries(Object.keys(rewards.accuracy).map(process => [process, make(process)]))

/** A length reward whose range follows what right answers of the same type of question took so far in this run. */
const followed = (process: string): ExtraReward<Group> => {
  const dynamic = dynamicLength({ start: start(process) })
  let history: LengthHistory = {}
  return ({ item: { record, rollouts }, accuracy }) => {
    const measured = rollouts.map((rollout, i) => ({
      accuracy: accuracy[i] ?? null,
      format: rollout.processes[process] === null ? 0 : 1,
      tokens: rollout.assignment.innerTokens[process] ?? 0,
    }))
    const given = dynamic.reward(history, record.problemType)(measured)
    history = dynamic.observe(history, record.problemType, measured)
    return TE.right(given)
  }
}

const arms: readonly ArmSpec[] = [
  { name: 'paGrpo', title: 'none', like: 'paGrpo' },
  {
    name: 'length-fixed',
    title: 'one range for all',
    like: 'paGrpo',
    rewards: rewards => ({
      ...rewards,
      length: byProcess(rewards, process => lengthReward({ range: start(process) })),
    }),
  },
  {
    name: 'length-dynamic',
    title: 'a range that follows',
    like: 'paGrpo',
    rewards: rewards => ({ ...rewards, extra: byProcess(rewards, process => ({ dynamic_length: followed(process) })) }),
  },
]

/** Accuracy on questions that need three facts, and the mean over the types that need one. */
const long = ({ accuracyByType }: PolicySummary): number => accuracyByType.numerical ?? 0
const short = ({ accuracyByType }: PolicySummary): number =>
  mean(Object.entries(accuracyByType).flatMap(([type, value]) => (type === 'numerical' ? [] : [value])))

const findings = (rows: readonly Reached[]): Findings => {
  const [none, fixed, dynamic] = rows
  const compared = (ours: Reached, theirs: Reached) =>
    (
      [
        ['long questions', long],
        ['short questions', short],
      ] as const
    ).map(([what, read]) =>
      difference(`${ours.title} − ${theirs.title}, ${what}`, ours.policies.map(read), theirs.policies.map(read)),
    )
  return {
    tables: [reachedTable(rows)],
    figures: [reachedFigure('Length rewards', rows)],
    notes: [...compared(dynamic!, fixed!), ...compared(dynamic!, none!), ...compared(fixed!, none!)],
  }
}

/** The paper's open question on lengths: one range for all questions, none, or one that follows. */
export const length: Experiment = {
  name: 'length',
  title: 'Length rewards where questions need observations of different lengths',
  asks: 'Does a length reward whose range follows the type of question serve long questions without harm to short ones (arXiv 2511.11113, limitations; the range of the paper is one for all)?',
  how: `PA-GRPO from one fine-tuned policy a seed: without a length reward, with the paper's (.2 where a right process has ${ranges.perception?.join(' to ')} tokens of observation, ${ranges.reasoning?.join(' to ')} of reasoning), and with ranges that hold the middle 80 % of what right answers to the same type of question took so far, those at the beginning. Stepped questions need three facts and their steps, all others one. The ranges that were learned begin anew where an arm is stopped and gone on with.`,
  run: place =>
    F.pipe(
      armsOf(place, arms),
      TE.map(seeds => findings(reachedBy(arms, seeds))),
    ),
}
