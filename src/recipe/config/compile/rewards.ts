import { either as E, function as F, taskEither as TE } from 'fp-ts'
import type { VideoRecord } from '../../../dataset/index.ts'
import { fault } from '../../../flow/index.ts'
import type { Template } from '../../../process/index.ts'
import { type LengthReward, lengthReward, noLength, taggedAnswer } from '../../../reward/index.ts'
import {
  answerReward,
  type ExtraReward,
  eachRollout,
  type HasRecord,
  type HasRollouts,
  type ProcessAccuracy,
  type Rollout,
  type ScoreOptions,
  sufficiencyReward,
} from '../../../stages/index.ts'
import type { Judge } from '../../../teacher/index.ts'
import { brief } from '../../../untrusted/index.ts'
import type { Mistake } from '../codec/mistake.ts'
import type { RlSetting } from '../settings/phases.ts'
import type { OwnFunctionSetting, ProcessRewardSetting } from '../settings/rewards.ts'
import { ownFunction } from './own-function.ts'
import type { Place } from './place.ts'

type Accuracy = ProcessAccuracy<VideoRecord, string, string>
type Extra = ExtraReward<HasRecord & HasRollouts<string, string>>
/** What rewards are made with. */
export interface RewardParts {
  readonly place: Place
  readonly template: Template<string>
  /** Whom `sufficiency` asks. */
  readonly judge?: Judge
}

type Long = Exclude<ProcessRewardSetting, string>

const longOf = (given: ProcessRewardSetting): Long => (typeof given === 'string' ? { accuracy: given } : given)

const tagsIn = ({ segments }: Template<string>, process: string): readonly string[] =>
  segments.filter(one => one.process === process).map(({ tag }) => tag)

/** The text of a tag in a rollout; null where that process is malformed. */
const textOf =
  (process: string, tag: string) =>
  ({ processes }: Rollout<string, string>): string | null =>
    processes[process]?.[tag] ?? null

/** The answer of a rollout: between its tags even where the rest is malformed, as in Video-R1's own functions. */
export const answerIn =
  (process: string, tag: string) =>
  (rollout: Rollout<string, string>): string =>
    tag === 'answer' ? taggedAnswer(rollout.text) : (textOf(process, tag)(rollout) ?? '')

/** What a function of the user's gives must be a number, null, or a promise of one. */
const asAccuracy =
  (module: string, own: (...given: readonly unknown[]) => unknown): Accuracy =>
  (record, rollout, signal) =>
  async () => {
    const given = await own(record, rollout, signal)
    return given === null || typeof given === 'number'
      ? E.right(given)
      : E.left(
          fault(
            'RewardFailed',
            `the reward of ${module} gave ${brief(given)} for record ${record.id}`,
            'Give a number, or null for a rollout that cannot be scored.',
          ),
        )
  }

const ownAccuracy = (
  place: Place,
  path: readonly string[],
  given: OwnFunctionSetting,
): TE.TaskEither<readonly Mistake[], Accuracy> =>
  F.pipe(
    ownFunction(place, path, given),
    TE.map(own => asAccuracy(given.module, own)),
  )

const accuracyOf = (
  { place, template, judge }: RewardParts,
  process: string,
  { accuracy, tag }: Long,
): TE.TaskEither<readonly Mistake[], Accuracy> => {
  const tags = tagsIn(template, process)
  if (typeof accuracy !== 'string') return ownAccuracy(place, ['rl', 'rewards', process, 'accuracy'], accuracy)
  if (accuracy === 'answer') return TE.right(answerReward(answerIn(process, tag ?? tags.at(-1) ?? '')))
  if (accuracy === 'none' || judge === undefined) return TE.right(() => 0)
  return TE.right(sufficiencyReward(judge, textOf(process, tag ?? tags[0] ?? '')))
}

const lengthOf = ({ length }: Long): LengthReward => {
  if (length === undefined) return noLength
  return lengthReward('range' in length ? length : { range: length })
}

const extrasOf = (
  place: Place,
  process: string,
  { also = {} }: Long,
): TE.TaskEither<readonly Mistake[], Readonly<Record<string, Extra>>> =>
  F.pipe(
    Object.entries(also),
    TE.traverseSeqArray(([name, given]) =>
      F.pipe(
        ownAccuracy(place, ['rl', 'rewards', process, 'also', name], given),
        TE.map(reward => [name, eachRollout(reward)] as const),
      ),
    ),
    TE.map(Object.fromEntries<Extra>),
  )

/** The rewards of a configuration, by process. Left: functions of the user's that cannot be had. */
export const rewardsOf = (
  parts: RewardParts,
  { rewards = {}, weights }: RlSetting,
): TE.TaskEither<readonly Mistake[], ScoreOptions<VideoRecord, string, string>> =>
  F.pipe(
    Object.entries(rewards),
    TE.traverseSeqArray(([process, given]) => {
      const long = longOf(given)
      return F.pipe(
        accuracyOf(parts, process, long),
        TE.bindTo('accuracy'),
        TE.bind('extra', () => extrasOf(parts.place, process, long)),
        TE.map(({ accuracy, extra }) => ({ process, accuracy, extra, length: lengthOf(long) })),
      )
    }),
    TE.map(all => ({
      accuracy: Object.fromEntries(all.map(({ process, accuracy }) => [process, accuracy])),
      length: Object.fromEntries(all.map(({ process, length }) => [process, length])),
      extra: Object.fromEntries(
        all.flatMap(({ process, extra }) => (Object.keys(extra).length === 0 ? [] : [[process, extra] as const])),
      ),
      ...(weights === undefined ? {} : { weights }),
    })),
  )
