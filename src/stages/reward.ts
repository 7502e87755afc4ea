import { function as F, taskEither as TE } from 'fp-ts'
import type { Observable } from 'rxjs'
import type { Normaliser } from '../advantage/index.ts'
import type { VideoRecord } from '../dataset/index.ts'
import type { Adding, AddingToMembers, Batch, Fault, Item, Known, Wanted } from '../flow/index.ts'
import { stage } from '../flow/index.ts'
import type { ComposeOptions, ProcessMeasured } from '../reward/index.ts'
import { composeRewards } from '../reward/index.ts'
import { type ProcessAccuracy, verdictTask } from './accuracy.ts'
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

/** An accuracy a process, and how the parts of its reward are put together. */
export interface ScoreOptions<R extends VideoRecord, K extends string, T extends string> extends ComposeOptions<K> {
  readonly accuracy: Readonly<Record<K, ProcessAccuracy<R, K, T>>>
}

/** Adds rewards to items of a known type. */
type Scoring<A, K extends string, T extends string> = (
  this: Wanted<HasRecord & HasRollouts<K, T>>,
  source: Observable<Item<A & HasRollouts<K, T>>>,
) => Observable<Item<NoInfer<A> & HasRollouts<K, T> & HasRewards<K>>>

/**
 * Rewards of a group, process by process: accuracy + format + length (equation 5). The rollouts of a group are judged at the same
 * time; groups come one after the other unless a scope around this stage says otherwise.
 */
export function score<A, K extends string, T extends string>(
  options: ScoreOptions<RecordOf<NoInfer<A>>, K, NoInfer<T>> & Known<A>,
): Scoring<A, K, T>
export function score<R extends VideoRecord, K extends string, T extends string>(
  options: ScoreOptions<R, K, T>,
): Adding<HasRecord<R> & HasRollouts<K, T>, HasRewards<K>>
export function score<R extends VideoRecord, K extends string, T extends string>({
  accuracy,
  ...compose
}: ScoreOptions<R, K, T>): Adding<HasRecord<R> & HasRollouts<K, T>, HasRewards<K>> {
  const processes = Object.keys(accuracy) as K[]
  const measure = (
    { record, rollouts }: HasRecord<R> & HasRollouts<K, T>,
    k: K,
    signal: AbortSignal,
  ): TE.TaskEither<Fault, readonly ProcessMeasured[]> =>
    TE.traverseArray((rollout: Rollout<K, T>) =>
      F.pipe(
        verdictTask(k, accuracy[k](record, rollout, signal)),
        TE.map(value => ({
          accuracy: value,
          format: rollout.processes[k] === null ? 0 : 1,
          tokens: rollout.assignment.innerTokens[k],
        })),
      ),
    )(rollouts)
  return stage.adding({ name: 'score', item: recordId }, (item: HasRecord<R> & HasRollouts<K, T>, signal) =>
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

/** Turns the rewards of a batch of groups into advantages. A normaliser that scales over the batch sees all of its groups. */
export function advantage<A, K extends string>(normaliser: Normaliser<NoInfer<K>> & Known<A>): Normalising<A, K>
export function advantage<K extends string>(normaliser: Normaliser<K>): AddingToMembers<HasRewards<K>, HasAdvantages<K>>
export function advantage<K extends string>(
  normaliser: Normaliser<K>,
): AddingToMembers<HasRewards<K>, HasAdvantages<K>> {
  return stage.addingToMembers({ name: 'advantage', item: batchName }, ({ items }: Batch<HasRewards<K>>) =>
    TE.right(Array.from(normaliser(items.map(({ rewards }) => rewards.raw)), normalised => ({ normalised }))),
  )
}
