import { function as F, taskEither as TE } from 'fp-ts'
import type { Observable } from 'rxjs'
import type { Normaliser } from '../advantage/index.ts'
import type { VideoRecord } from '../dataset/index.ts'
import type { Adding, AddingToMembers, Batch, Fault, Item, Known, Wanted } from '../flow/index.ts'
import { stage } from '../flow/index.ts'
import type { ComposeOptions, ProcessMeasured } from '../reward/index.ts'
import { composeRewards } from '../reward/index.ts'
import { accuracyTask, type Noted, type ProcessAccuracy } from './accuracy.ts'
import { type ExtraReward, extraRewards } from './extra.ts'
import {
  type HasAdvantages,
  type HasRecord,
  type HasRewards,
  type HasRollouts,
  type RecordOf,
  type Rollout,
  recordId,
} from './items.ts'
import { batchName } from './rollout.ts'

/** An accuracy a process, further rewards by name, and how the parts of its reward are put together. */
export interface ScoreOptions<
  R extends VideoRecord,
  K extends string,
  T extends string,
  I = HasRecord<R> & HasRollouts<K, T>,
> extends ComposeOptions<K> {
  readonly accuracy: Readonly<Record<K, ProcessAccuracy<R, K, T>>>
  /** Further rewards of a process by name: each is added with the weight of that name in `weights`, 1 by default. */
  readonly extra?: Readonly<Partial<Record<K, Readonly<Record<string, ExtraReward<I>>>>>>
}

/** Adds rewards to items of a known type. */
type Scoring<A, K extends string, T extends string> = (
  this: Wanted<HasRecord & HasRollouts<K, T>>,
  source: Observable<Item<A & HasRollouts<K, T>>>,
) => Observable<Item<NoInfer<A> & HasRollouts<K, T> & HasRewards<K>>>

/** Accuracies of one process, rollouts judged at the same time. */
const accuraciesOf = <R extends VideoRecord, K extends string, T extends string>(
  { record, rollouts }: HasRecord<R> & HasRollouts<K, T>,
  process: K,
  accuracy: ProcessAccuracy<R, K, T>,
  signal: AbortSignal,
): TE.TaskEither<Fault, readonly Noted[]> =>
  TE.traverseArray((rollout: Rollout<K, T>) => accuracyTask(process, accuracy(record, rollout, signal)))(rollouts)

/**
 * Rewards of a group, process by process: accuracy + format + length (arXiv 2511.11113, equation 5), and further rewards by name. Reads
 * `record` and `rollouts`, adds `rewards`: every part to look at, and the sums that advantages are made of.
 *
 * The rollouts of a group are judged at the same time; groups come one after the other, in order, unless a scope around this stage says
 * otherwise. Left: what an accuracy or a reward gives; `RewardFailed`, a number that is none, or too few of them; `GroupTooSmall`, one
 * rollout.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import type { VideoRecord } from 'kinograd/dataset'
 * import { items } from 'kinograd/flow'
 * import { template } from 'kinograd/process'
 * import { noLength } from 'kinograd/reward'
 * import { readRollout, score } from 'kinograd/stages'
 * import { firstValueFrom } from 'rxjs'
 *
 * const more = { options: [], path: 'a.mp4', source: '' }
 * const record: VideoRecord = { ...more, id: 'a', problem: 'How many balls?', answer: '3', problemType: 'numerical', dataType: 'video' }
 *
 * const tags = template({ perception: ['observation'], reasoning: ['answer'] })
 * const tokenizer = { pieces: (ids: Int32Array) => Array.from(ids, id => String.fromCharCode(id)) }
 * const read = readRollout(tags, tokenizer)
 * const rollouts = ['3', '4'].map(n => {
 *   const text = `<observation>${n} balls</observation><answer>${n}</answer>`
 *   return read({ ids: Int32Array.from(text, c => c.charCodeAt(0)), stop: 'length' })
 * })
 *
 * const length = { perception: noLength, reasoning: noLength }
 *
 * const accuracy = {
 *   perception: () => 1,
 *   reasoning: (record: VideoRecord, { text }: { readonly text: string }) => (text.includes(`<answer>${record.answer}<`) ? 1 : 0),
 * }
 * const item = await firstValueFrom(items([{ record, rollouts }]).pipe(score({ accuracy, length })))
 * assert(E.isRight(item))
 * assert.deepEqual(item.right.rewards.raw.rewards, { perception: [2, 2], reasoning: [2, 1] })
 * ```
 */
export function score<A, K extends string, T extends string>(
  options: ScoreOptions<
    RecordOf<NoInfer<A>>,
    K,
    NoInfer<T>,
    NoInfer<A> & HasRecord & HasRollouts<NoInfer<K>, NoInfer<T>>
  > &
    Known<A>,
): Scoring<A, K, T>
export function score<
  R extends VideoRecord,
  K extends string,
  T extends string,
  I extends HasRecord<R> & HasRollouts<K, T> = HasRecord<R> & HasRollouts<K, T>,
>(options: ScoreOptions<R, K, T, I>): Adding<I, HasRewards<K>>
export function score<
  R extends VideoRecord,
  K extends string,
  T extends string,
  I extends HasRecord<R> & HasRollouts<K, T> = HasRecord<R> & HasRollouts<K, T>,
>({ accuracy, extra, ...compose }: ScoreOptions<R, K, T, I>): Adding<I, HasRewards<K>> {
  const processes = Object.keys(accuracy) as K[]
  const measure = (item: I, k: K, signal: AbortSignal): TE.TaskEither<Fault, readonly ProcessMeasured[]> =>
    F.pipe(
      accuraciesOf(item, k, accuracy[k], signal),
      TE.bindTo('scored'),
      TE.bind('more', ({ scored }) =>
        extraRewards<I>(extra?.[k] ?? {}, { item, accuracy: scored.map(({ reward }) => reward) }, signal),
      ),
      TE.map(({ scored, more }) =>
        item.rollouts.map((rollout, i) => ({
          accuracy: scored[i]?.reward ?? null,
          ...(scored[i]?.note === undefined ? {} : { note: scored[i].note }),
          format: rollout.processes[k] === null ? 0 : 1,
          tokens: rollout.assignment.innerTokens[k],
          ...(extra?.[k] === undefined ? {} : { extra: more[i] ?? {} }),
        })),
      ),
    )
  return stage.adding({ name: 'score', item: recordId }, (item: I, signal) =>
    F.pipe(
      TE.traverseArray((k: K) => measure(item, k, signal))(processes),
      TE.flatMapEither(measured => {
        const byProcess = Object.fromEntries(processes.map((k, i) => [k, measured[i] ?? []]))
        return composeRewards(compose)(item.record.id, byProcess as Record<K, readonly ProcessMeasured[]>)
      }),
      TE.map(rewards => ({ rewards })),
    ),
  )
}

/** Adds advantages to batches of a known type. */
type Normalising<A, K extends string> = (
  this: Wanted<Batch<HasRewards<K>>>,
  source: Observable<Item<Batch<A & HasRewards<K>>>>,
) => Observable<Item<Batch<NoInfer<A> & HasRewards<K> & HasAdvantages<K>>>>

/**
 * Turns the rewards of a batch of groups into advantages, process by process. Reads `rewards`, adds `normalised` to every member, in
 * order. The normaliser sees the whole batch, so that one that scales over the batch may (`paGrpo`, `grpo`, `drGrpo`, `gdpo`, `rloo`,
 * your own). No Left: rewards were checked when they were put together.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import { drGrpo } from 'kinograd/advantage'
 * import { batch, items } from 'kinograd/flow'
 * import { composeRewards, noLength } from 'kinograd/reward'
 * import { advantage } from 'kinograd/stages'
 * import { firstValueFrom } from 'rxjs'
 *
 * const compose = composeRewards({ length: { reasoning: noLength } })
 * const rewards = compose('a', { reasoning: [1, 0].map(accuracy => ({ accuracy, format: 1, tokens: 5 })) })
 * assert(E.isRight(rewards))
 * const item = await firstValueFrom(items([{ rewards: rewards.right }]).pipe(batch(1), advantage(drGrpo())))
 * assert(E.isRight(item))
 * assert.deepEqual(Array.from(item.right.items[0]?.normalised.advantages.reasoning ?? []), [0.5, -0.5])
 * ```
 */
export function advantage<A, K extends string>(normaliser: Normaliser<NoInfer<K>> & Known<A>): Normalising<A, K>
export function advantage<K extends string>(normaliser: Normaliser<K>): AddingToMembers<HasRewards<K>, HasAdvantages<K>>
export function advantage<K extends string>(
  normaliser: Normaliser<K>,
): AddingToMembers<HasRewards<K>, HasAdvantages<K>> {
  return stage.addingToMembers({ name: 'advantage', item: batchName }, ({ items }: Batch<HasRewards<K>>) =>
    TE.right(Array.from(normaliser(items.map(({ rewards }) => rewards.raw)), normalised => ({ normalised }))),
  )
}
