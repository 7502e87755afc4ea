import { either as E, function as F, taskEither as TE } from 'fp-ts'
import { concatMap, type Observable } from 'rxjs'
import type { Reached } from '../engine/index.ts'
import type { Bounded, Fault, Item, Stage } from '../flow/index.ts'
import {
  attachPlan,
  defect,
  describe,
  fromItems,
  gate,
  iterate,
  pipeline,
  stage,
  stageError,
  within,
} from '../flow/index.ts'
import { stallWatch } from './stall.ts'
import type { HasUpdate, Update } from './step.ts'

/** What training has come to after one of its updates. */
export interface Progress<V> {
  /** Updates that were made, this one and those before a resume included. */
  readonly updates: number
  /** What `evaluate` said of exactly this policy; undefined where it was not asked. */
  readonly evaluation: V | undefined
  /** Whether `save` wrote exactly this policy. */
  readonly saved: boolean
}
/** Progress of training, joined to the batch of an update. */
export interface HasProgress<V> {
  readonly progress: Progress<V>
}

/**
 * How often training saves and evaluates, in updates; one number for both. Saving may be asked instead whether it is time, with the
 * number of updates, so that it can go by the clock.
 */
export type Every = number | { readonly save?: number | ((updates: number) => boolean); readonly evaluate?: number }

/** A pipeline that ends in an update, and what is done between its updates. */
export interface Training<A, B extends HasUpdate, V> {
  /** From a batch to its update: `pipeline('PA-GRPO', each(ask), rollout(…), …, policyUpdate(…))`. */
  readonly pipeline: Bounded<A, B>
  /** Saves and evaluates after so many updates; 1 by default. */
  readonly every?: Every
  /** Ends after so many updates, those before a resume included; saves and evaluates after the last. Not bounded by default. */
  readonly updates?: number
  /**
   * Writes the policy down. Given the updates that it has seen, the batches that were taken for them, failed ones included, and what
   * `evaluate` said of it, where it was asked.
   */
  readonly save?: (updates: number, batches: number, evaluation: V | undefined) => TE.TaskEither<Fault, unknown>
  /**
   * Writes down what came of a batch, an update or its failure, before the policy is evaluated and saved: so that a log and a save beside
   * it stand at the same batch. In the order of the batches.
   */
  readonly record?: (outcome: Item<B>) => TE.TaskEither<Fault, unknown>
  /** Ends training after the update under way when it is aborted, and saves then. */
  readonly signal?: AbortSignal
  /** Looks at the policy. Given the number of updates that it has seen. */
  readonly evaluate?: (updates: number) => TE.TaskEither<Fault, V>
  /** Ends training early when it says true, after the update that it was asked about. */
  readonly stop?: (progress: Progress<V>, update: Update) => boolean
  /**
   * Brings the policy back and says how many updates it has seen and how many batches were taken (`checkpoints(…).resume`); that many
   * batches are passed over. A number alone stands for both.
   */
  readonly resume?: TE.TaskEither<Fault, number | Reached>
  /** Told once when nothing has been learned from so many updates on end, with the likely reason; a line on the console by default. */
  readonly notice?: (reason: Fault) => void
  readonly name?: string
}

/**
 * The ordinary way to run a training pipeline. One batch is under way at a time, and the next begins when the update of this one has
 * been applied, evaluated and saved: `evaluate`, `save` and `stop` see the policy of their step and no other, whatever the reader of
 * the stream does meanwhile. Strictly on-policy.
 *
 * A batch that fails is a `Left`, no update, and training goes on. A save or an evaluation that fails is a `Left` too, and the last
 * item, of stage `progress`: what came after could not be resumed. A `resume` that fails ends the stream with its fault before anything is trained. Holds
 * one batch.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E, taskEither as TE } from 'fp-ts'
 * import { items, iterate, stage } from 'kinograd/flow'
 * import { train } from 'kinograd/stages'
 *
 * // A stand-in for a pipeline: its updates count up a weight.
 * let weight = 0
 * const update = (step: number) => ({ step, loss: 0, learningRate: 1, gradientNorm: 0, metrics: {} })
 * const learn = stage.fromEither({ name: 'learn', item: String }, (step: number) => E.right({ update: update(step), weight: ++weight }))
 * const evaluate = () => TE.fromIO(() => weight)
 * const seen: number[] = []
 * for await (const item of iterate(items([0, 1, 2, 3]).pipe(train({ pipeline: learn, every: 2, evaluate }))))
 *   if (E.isRight(item) && item.right.progress.evaluation !== undefined) seen.push(item.right.progress.evaluation)
 * assert.deepEqual(seen, [2, 4])
 * ```
 */
export const train = <A, B extends HasUpdate, V = never>(options: Training<A, B, V>): Stage<A, B & HasProgress<V>> => {
  const { name = 'train', resume = TE.right(0), updates: most = Number.POSITIVE_INFINITY } = options
  const scopeOf = (state: State) => {
    const one: Stage<A, B & HasProgress<V>> =
      options.record === undefined
        ? pipeline(name, options.pipeline, after(options, state))
        : pipeline(name, options.pipeline, recorded(options.record, state), after(options, state))
    return within(gate({ name: 'policy update', inFlight: 1 }), one as Bounded<A, B & HasProgress<V>>)
  }
  return attachPlan(describe(scopeOf(untrained())), source => {
    const state = untrained()
    return scopeOf(state)(fromItems(batches(source, { ...options, resume, updates: most }, state)))
  })
}

/** What is between two updates. */
interface State {
  /** Updates. */
  made: number
  /** Batches of the source. */
  taken: number
  over: boolean
}

const untrained = (): State => ({ made: 0, taken: 0, over: false })

/** The batches that are still to be trained on. */
async function* batches<A, B extends HasUpdate, V>(
  source: Observable<Item<A>>,
  {
    resume,
    updates: most,
    record,
    signal,
  }: Training<A, B, V> & { resume: TE.TaskEither<Fault, number | Reached>; updates: number },
  state: State,
): AsyncGenerator<Item<A>, void, undefined> {
  const before = await resume()
  if (E.isLeft(before)) throw defect(before.left)
  const reached = before.right
  const { updates, batches: taken } = typeof reached === 'number' ? { updates: reached, batches: reached } : reached
  state.made = updates
  if (state.made >= most || signal?.aborted) return
  for await (const batch of iterate(source)) {
    if (state.taken++ < taken) continue
    if (E.isLeft(batch) && record !== undefined) {
      const written = await record(batch)()
      if (E.isLeft(written)) {
        yield E.left(stageError(progressStage, batch.left.item, written.left))
        return
      }
    }
    yield batch
    if (state.over || signal?.aborted) return
  }
}

const progressStage = 'progress'

/** Has each outcome of a batch written down; what cannot be is the last item. */
const recorded = <B extends HasUpdate>(
  record: (outcome: Item<B>) => TE.TaskEither<Fault, unknown>,
  state: State,
): Stage<B, B> =>
  concatMap(async (outcome: Item<B>) => {
    const written = await record(outcome)()
    if (E.isRight(written)) return outcome
    state.over = true
    const item = E.isLeft(outcome) ? outcome.left.item : `update ${outcome.right.update.step}`
    return E.left(stageError(progressStage, item, written.left))
  })

/** Counts an update, then evaluates, saves and stops where it is time. */
const after = <A, B extends HasUpdate, V>(
  {
    every = 1,
    updates: most,
    save,
    evaluate,
    stop,
    signal,
    notice = reason => console.warn(noticeText(reason)),
  }: Training<A, B, V>,
  state: State,
): Stage<B, B & HasProgress<V>> => {
  const often = typeof every === 'number' ? { save: every, evaluate: every } : { save: 1, evaluate: 1, ...every }
  const watch = stallWatch()
  return stage.adding({ name: progressStage, item: ({ update }) => `update ${update.step}` }, (batch: B) => {
    const stalled = watch(batch)
    if (stalled !== undefined) notice(stalled)
    const updates = ++state.made
    const last = updates === most
    const due = (n: number | ((made: number) => boolean)) =>
      last || (typeof n === 'number' ? updates % n === 0 : n(updates))
    const evaluated: TE.TaskEither<Fault, V | undefined> =
      evaluate !== undefined && due(often.evaluate) ? evaluate(updates) : TE.right(undefined)
    return F.pipe(
      evaluated,
      TE.flatMap(evaluation => {
        const savedNow = save !== undefined && (due(often.save) || signal?.aborted === true)
        return TE.map((): HasProgress<V> => ({ progress: { updates, evaluation, saved: savedNow } }))(
          savedNow ? save(updates, state.taken, evaluation) : TE.right(undefined),
        )
      }),
      TE.bimap(
        wrong => {
          state.over = true
          return wrong
        },
        made => {
          state.over = last || signal?.aborted === true || (stop?.(made.progress, batch.update) ?? false)
          return made
        },
      ),
    )
  })
}

const noticeText = ({ cause, remedy }: Fault): string => `${cause}. ${remedy}`
