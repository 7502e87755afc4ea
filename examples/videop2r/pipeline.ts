import { either as E, function as F } from 'fp-ts'
import { type Normaliser, sftLoss } from 'kinograd/advantage'
import type { CotRecord, VideoRecord } from 'kinograd/dataset'
import type { Engine, Sampling, Tokenizer } from 'kinograd/engine'
import { type Batch, each, gate, type Item, items, pipeline, type StageError, stage, within } from 'kinograd/flow'
import { type Decoder, uniform } from 'kinograd/media'
import { videoP2R } from 'kinograd/process'
import { noLength, taggedAnswer } from 'kinograd/reward'
import * as S from 'kinograd/stages'
import type { Annotator, Judge } from 'kinograd/teacher'
import type { Observable } from 'rxjs'
import { batchesFrom, oneOfEachClip } from './batches.ts'
import { gradeOf } from './grading.ts'
import { promptMaker, targetOf } from './policy.ts'

/*
 * VideoP2R (arXiv 2511.11113) as four streams. Every stage is an operator of kinograd; what is big (frames, patches) lives and dies
 * inside a scope, what leaves it is small.
 */

export type Process = 'perception' | 'reasoning'
export type Tag = 'observation' | 'think' | 'answer'
type Texts = S.HasVerified<Process, Tag>['texts']

/** What all streams of a run share. */
export interface World {
  readonly root: string
  readonly decoder: Decoder
  readonly tokenizer: Tokenizer
}

const frames = uniform(8)
const observationOf = (texts: Texts): string => texts.perception.observation ?? ''

/** Clip and frames of a record, inside a scope. */
const look = ({ decoder, root }: World) =>
  pipeline('look', S.decode({ decoder, root }), S.sampleFrames({ decoder, spec: frames }))

/** Records with what the policy reads of them; the frames stay behind. */
const asked = (world: World) =>
  pipeline('ask', look(world), S.toPrompt(promptMaker(world.tokenizer)), stage.dropping('frames'))

/** The same with a small picture of the frames, for the page of the run. */
const askedAndShown = (world: World) =>
  pipeline('ask', look(world), S.toPrompt(promptMaker(world.tokenizer)), S.toSheet(), stage.dropping('frames'))

/** Steps 1 to 3 of the data pipeline: annotate, verify, judge. Rejected chains are `Left`s that say why. */
export const cotData = (
  world: World,
  records: Observable<Item<S.HasRecord>>,
  { annotator, judge, prompt }: { annotator: Annotator; judge: Judge; prompt: (record: VideoRecord) => string },
): Observable<Item<CotRecord>> =>
  records.pipe(
    within(
      gate({ name: 'annotation', inFlight: 4 }),
      pipeline(
        'CoT data',
        look(world),
        S.annotate({ annotator, prompt }),
        S.verify({ template: videoP2R, answer: texts => texts.reasoning.answer ?? '' }),
        S.judgeSufficiency({ judge, observation: observationOf }),
        S.toCotRecord({ observation: observationOf, process: texts => texts.reasoning.think ?? '' }),
      ),
      { item: S.recordId },
    ),
  )

/** How training goes on, records itself, is saved, and ends: what a phase of the run gives to `train`. */
export type Course<B extends S.HasUpdate, V> = Pick<
  S.Training<unknown, B, V>,
  'every' | 'updates' | 'evaluate' | 'save' | 'record' | 'resume' | 'signal'
>

/** What a step of fine-tuning leaves behind. */
export interface Tuned {
  readonly update: S.Update
  /** Records that it was made of. */
  readonly records: number
  readonly failed: readonly StageError[]
}

/**
 * Supervised fine-tuning: one optimiser step a batch of chains, in their order; the next batch is prepared meanwhile. `chains` begin with
 * the first of batch `from`.
 */
export const fineTune = (
  world: World,
  engine: Engine,
  chains: Iterable<CotRecord>,
  {
    size,
    from,
    rate,
    course,
  }: { size: number; from: number; rate: (step: number) => number; course: Course<Tuned, never> },
): Observable<Item<S.HasUpdate>> =>
  items(chains).pipe(
    stage.fromEither({ name: 'target', item: chain => chain.id }, record =>
      F.pipe(
        targetOf(world.tokenizer, record.output),
        E.map(target => ({ record, target })),
      ),
    ),
    batchesFrom(size, from),
    within(gate({ name: 'preparation', inFlight: 2 }), each(asked(world))),
    oneOfEachClip(),
    S.train({
      ...course,
      pipeline: pipeline(
        'SFT',
        S.sftUpdate({ engine, objective: sftLoss(), learningRate: rate }),
        stage.pure({ name: 'report', item: ({ index }) => `batch ${index}` }, ({ update, items: members, failed }) => ({
          update,
          failed,
          records: members.length,
        })),
      ),
    }),
  )

/** What a step of reinforcement leaves behind: numbers and texts. */
export interface Learned {
  readonly update: S.Update
  readonly groups: readonly (S.HasRecord &
    S.HasSheet &
    S.HasGroup &
    S.HasRollouts<Process, Tag> &
    S.HasRewards<Process> &
    S.HasAdvantages<Process>)[]
  readonly failed: readonly StageError[]
  /** Sampled tokens. */
  readonly tokens: number
}

/**
 * Reinforcement: rollout, rewards by process, advantages, update. `train` has one batch under way at a time, which makes it strictly
 * on-policy, and evaluates between two updates. The normaliser is the whole difference between GRPO, the sum of rewards, and PA-GRPO.
 * `records` begin with the first of batch `from`.
 */
export const reinforce = <V>(
  world: World,
  engine: Engine,
  records: Iterable<VideoRecord>,
  options: {
    readonly prompts: number
    readonly from: number
    readonly sampling: (update: number) => Sampling
    readonly judge: Judge
    readonly normaliser: Normaliser<Process>
    readonly rate: (step: number) => number
    readonly course: Course<Learned, V>
  },
): Observable<Item<Learned & S.HasProgress<V>>> => {
  const { prompts, from, sampling, judge, normaliser, rate: learningRate, course } = options
  return items(records).pipe(
    stage.pure({ name: 'item', item: ({ id }) => id }, record => ({ record })),
    batchesFrom(prompts, from),
    S.train({
      ...course,
      pipeline: pipeline(
        'PA-GRPO',
        each(askedAndShown(world)),
        oneOfEachClip(),
        S.rollout({ engine, sampling }),
        each(
          pipeline(
            'reward',
            S.readRollouts(videoP2R, world.tokenizer),
            S.score({
              accuracy: {
                perception: S.sufficiencyReward(judge, r => r.processes.perception?.observation ?? null),
                reasoning: S.answerReward(({ text }) => taggedAnswer(text)),
              },
              length: { perception: noLength, reasoning: noLength },
            }),
          ),
        ),
        S.advantage(normaliser),
        S.policyUpdate({ engine, loss: { beta: 0 }, learningRate }),
        stage.pure({ name: 'report', item: ({ index }) => `batch ${index}` }, ({ update, items: members, failed }) => ({
          update,
          failed,
          groups: members.map(({ record, sheet, group, rollouts, rewards, normalised }) => ({
            record,
            sheet,
            group,
            rollouts,
            rewards,
            normalised,
          })),
          tokens: members.flatMap(({ group }) => group).reduce((sum, { ids }) => sum + ids.length, 0),
        })),
      ),
    }),
  )
}

/** How many questions are evaluated at once. */
export const evaluatedAtOnce = 64

/**
 * Evaluation: one completion a question, graded, in batches of which the first is number `from`. Failed items are passed on in their
 * batch, never counted as wrong answers.
 */
export const evaluate = (
  world: World,
  engine: Engine,
  records: Observable<Item<S.HasRecord>>,
  { sampling, from = 0 }: { sampling: (batch: number) => Sampling; from?: number },
): Observable<Item<Batch<{ readonly record: VideoRecord; readonly grade: S.Grade; readonly text: string }>>> =>
  records.pipe(
    batchesFrom(evaluatedAtOnce, from),
    within(
      gate({ name: 'evaluation', inFlight: 1 }),
      pipeline(
        'evaluate',
        each(asked(world)),
        oneOfEachClip(),
        S.rollout({ engine, sampling }),
        each(
          pipeline(
            'grade',
            S.readRollouts(videoP2R, world.tokenizer),
            S.grade(gradeOf),
            stage.pure({ name: 'result', item: S.recordId }, ({ record, grade, rollouts }) => ({
              record,
              grade,
              text: rollouts[0]?.text ?? '',
            })),
          ),
        ),
      ),
    ),
  )
