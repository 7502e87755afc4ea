import { appendFile } from 'node:fs/promises'
import { join } from 'node:path'
import { either as E, function as F, taskEither as TE } from 'fp-ts'
import { grpo, type Normaliser, paGrpo, rewardMetrics, sum } from 'kinograd/advantage'
import { type CotRecord, cotRecord, readCot, readRecords, type VideoRecord, writeRecords } from 'kinograd/dataset'
import type { Engine } from 'kinograd/engine'
import { constant, cosine, type Qwen25VLConfig } from 'kinograd/engine/tfjs'
import { type Fault, fault, type StageError } from 'kinograd/flow'
import { type ArmSummary, consume, type PolicySummary, type Run } from 'kinograd/run'
import { fromRecords, type Grade } from 'kinograd/stages'
import type { Annotator, Judge } from 'kinograd/teacher'
import { epochs, first, pairedEpochs } from './order.ts'
import { cotData, evaluate, fineTune, type Learned, reinforce, type World } from './pipeline.ts'
import { engineFrom, freshEngine, rlOptimiser, sftOptimiser } from './policy.ts'
import type { Preset } from './presets.ts'

/** The three arms of reinforcement: their normalisers are all that differs. */
export const arms = {
  grpo: { title: 'GRPO', normaliser: grpo({ reward: 'reasoning' }) },
  sum: { title: 'sum', normaliser: sum() },
  paGrpo: { title: 'PA-GRPO', normaliser: paGrpo() },
} as const satisfies Record<string, { title: string; normaliser: Normaliser<'perception' | 'reasoning'> }>
export type Arm = keyof typeof arms

/** What every phase of the job works with. */
export interface Job {
  readonly run: Run
  readonly preset: Preset
  readonly seed: number
  readonly world: World
  readonly records: Readonly<Record<'train-sft' | 'train-rl' | 'dev' | 'test', string>>
  readonly config: Qwen25VLConfig
  readonly signal: AbortSignal
}

const progress = (job: Job, phase: string, done: number, total: number, note = ''): void =>
  job.run.status?.progress(phase, done, total, note)

const logFailure =
  (job: Job, phase: string) =>
  async ({ item, stage, fault: { _tag, cause, remedy } }: StageError): Promise<void> => {
    await job.run.failure({ phase, item, stage, tag: _tag, cause, remedy })()
  }

/** Collects records of a file; a record that can not be read goes to the failures. */
const recordsOf = (job: Job, phase: string, file: string): TE.TaskEither<Fault, readonly VideoRecord[]> => {
  const all: VideoRecord[] = []
  return F.pipe(
    consume(
      fromRecords(readRecords(file)),
      {
        item: ({ record }) => {
          all.push(record)
        },
        failed: logFailure(job, phase),
      },
      job.signal,
    ),
    TE.map(() => all),
  )
}

export interface Retention {
  readonly annotated: number
  readonly verified: number
  readonly sufficient: number
}

/** Annotates, verifies and judges the whole pool into `file`; counts what each step let through, by problem type. */
export const makeCotData = (
  job: Job,
  file: string,
  teacher: { annotator: Annotator; judge: Judge; prompt: (record: VideoRecord) => string },
): TE.TaskEither<Fault, Retention & { byType: Record<string, Retention> }> => {
  const name = 'CoT data'
  const byType: Record<string, Retention> = {}
  const count = (type: string, step: keyof Retention): void => {
    const at = byType[type] ?? { annotated: 0, verified: 0, sufficient: 0 }
    byType[type] = { ...at, [step]: at[step] + 1 }
  }
  return F.pipe(
    recordsOf(job, name, job.records['train-sft']),
    TE.flatMap(pool => {
      const typeOf = new Map(pool.map(record => [record.id, record.problemType]))
      const chains: CotRecord[] = []
      let seen = 0
      const step = (): void => progress(job, name, ++seen, pool.length, `${chains.length} chains kept`)
      return F.pipe(
        consume(
          cotData(job.world, fromRecords(readRecords(job.records['train-sft'])), teacher),
          {
            item: chain => {
              for (const kept of ['annotated', 'verified', 'sufficient'] as const) count(chain.problemType, kept)
              chains.push(chain)
              step()
            },
            failed: async error => {
              const type = typeOf.get(error.item) ?? 'unknown'
              if (error.stage === 'verify' || error.stage === 'sufficiency') count(type, 'annotated')
              if (error.stage === 'sufficiency') count(type, 'verified')
              if (!rejections.has(error.fault._tag)) await logFailure(job, name)(error)
              step()
            },
          },
          job.signal,
        ),
        TE.flatMap(() => writeRecords(cotRecord, file, chains) as TE.TaskEither<Fault, unknown>),
        TE.map(() => ({ ...total(Object.values(byType)), byType })),
      )
    }),
  )
}

const rejections = new Set(['OffTemplate', 'WrongAnswer', 'Insufficient'])

const unwritable =
  (path: string) =>
  (error: unknown): Fault =>
    fault('NotWritable', `${path}: ${String(error)}`, 'Look at free space and permissions.')

const total = (parts: readonly Retention[]): Retention =>
  parts.reduce(
    (all, part) => ({
      annotated: all.annotated + part.annotated,
      verified: all.verified + part.verified,
      sufficient: all.sufficient + part.sufficient,
    }),
    { annotated: 0, verified: 0, sufficient: 0 },
  )

/** Supervised fine-tuning of a fresh policy on the CoT file, saved into `checkpoint`. */
export const trainSft = (job: Job, file: string, checkpoint: string): TE.TaskEither<Fault, { loss: number }> => {
  const { steps, batch, rate } = job.preset.sft
  const engine = freshEngine(job.config, job.seed, sftOptimiser)
  const chains: CotRecord[] = []
  let recent = Number.NaN
  return F.pipe(
    consume(
      fromRecords(readCot(file)),
      {
        item: ({ record }) => {
          chains.push(record)
        },
      },
      job.signal,
    ),
    TE.flatMap(() =>
      chains.length < batch
        ? TE.left(
            fault('TooFewChains', `${chains.length} chains are left, a batch takes ${batch}`, 'Use a larger world.'),
          )
        : consume(
            fineTune(job.world, engine, first(pairedEpochs(chains, job.seed), steps * batch), {
              size: batch,
              rate: cosine(rate, { steps, warmup: Math.min(50, steps / 5), floor: 0.05 }),
            }),
            {
              item: async ({ step, loss, learningRate, gradientNorm }) => {
                recent = Number.isNaN(recent) ? loss : recent + (loss - recent) / 20
                progress(job, 'SFT', step + 1, steps, `loss ${recent.toFixed(3)}`)
                const values = { loss, learning_rate: learningRate, grad_norm: gradientNorm }
                await job.run.metrics({ phase: 'SFT', step, values })()
              },
              failed: logFailure(job, 'SFT'),
            },
            job.signal,
          ),
    ),
    TE.flatMap(() => engine.save(checkpoint)),
    TE.map(() => ({ loss: recent })),
    freeing(engine),
  )
}

/** Frees the engine when the work has ended, well or not. */
const freeing =
  (engine: Engine) =>
  <B>(work: TE.TaskEither<Fault, B>): TE.TaskEither<Fault, B> =>
  async () => {
    const result = await work()
    engine.dispose()
    return result
  }

/** Mean of a number over grades; 0 of none. */
const share = (grades: readonly { grade: Grade }[], of: (grade: Grade) => number | boolean): number =>
  grades.length === 0 ? 0 : grades.reduce((sum, { grade }) => sum + Number(of(grade)), 0) / grades.length

export interface Graded {
  readonly record: VideoRecord
  readonly grade: Grade
  readonly text: string
}

/** Grades a policy on a split: greedy at temperature 0. Items that fail are logged and left out. */
export const grades = (
  job: Job,
  engine: Engine,
  options: { phase: string; file: string; temperature: number; seed: number },
): TE.TaskEither<Fault, readonly Graded[]> => {
  const { phase, file, temperature, seed } = options
  const all: Graded[] = []
  const sampling = (batch: number) => ({
    count: 1,
    maxTokens: 72,
    temperature,
    stop: [job.world.tokenizer.eos],
    seed: seed * 10_000 + batch,
  })
  return F.pipe(
    consume(
      evaluate(job.world, engine, fromRecords(readRecords(file)), sampling),
      {
        item: graded => {
          all.push(graded)
        },
        failed: logFailure(job, phase),
      },
      job.signal,
    ),
    TE.map(() => all),
  )
}

/** What the table says of a policy. */
export const summarise = (graded: readonly Graded[]): PolicySummary => {
  const types = [...new Set(graded.map(({ record }) => record.problemType))].sort()
  return {
    accuracy: share(graded, g => g.accuracy),
    accuracyByType: Object.fromEntries(
      types.map(type => [
        type,
        share(
          graded.filter(({ record }) => record.problemType === type),
          g => g.accuracy,
        ),
      ]),
    ),
    perceptionSufficiency: share(graded, g => g.sufficient),
    faithfulness: share(graded, g => g.faithful),
    formatRate: share(graded, g => g.wellFormed),
    thinkAnswerMismatch: share(graded, g => g.mismatch),
    evaluated: graded.length,
  }
}

export interface ArmOptions {
  readonly arm: Arm
  /** What the phase is called. */
  readonly title: string
  readonly rate: number
  readonly rlSeed: number
  readonly updates: number
  readonly judge: Judge
  /** Split for evaluations on the way. */
  readonly watch: string
}

/** Reinforcement of one arm from the SFT checkpoint, saved into `checkpoint`. */
export const trainArm = (
  job: Job,
  from: string,
  checkpoint: string,
  { arm, title, rate, rlSeed, updates, judge, watch }: ArmOptions,
): TE.TaskEither<Fault, ArmSummary> => {
  const { normaliser } = arms[arm]
  const { prompts, completions, every } = job.preset.rl
  const curve: ArmSummary['curve'] = []
  const rewardMean: ArmSummary['rewardMean'] = []
  const equal: number[] = []
  const equalBy: NonNullable<ArmSummary['equalRewardGroupsByProcess']> = []
  let tokens = 0
  let watching = 0
  const train = (engine: Engine, records: readonly VideoRecord[]): TE.TaskEither<Fault, ArmSummary> => {
    const look = async (update: number): Promise<void> => {
      const before = performance.now()
      const seen = await grades(job, engine, { phase: title, file: watch, temperature: 0, seed: job.seed })()
      if (E.isRight(seen)) {
        const { accuracy, perceptionSufficiency, faithfulness } = summarise(seen.right)
        curve.push({ update, accuracy, perceptionSufficiency, faithfulness })
      }
      watching += performance.now() - before
    }
    const start = performance.now()
    return F.pipe(
      TE.fromTask(() => look(0)),
      TE.flatMap(() =>
        consume(
          reinforce(job.world, engine, first(epochs(records, rlSeed), updates * prompts), {
            prompts,
            sampling: update => ({
              count: completions,
              maxTokens: 72,
              temperature: 1,
              stop: [job.world.tokenizer.eos],
              seed: rlSeed * 1_000_003 + update,
            }),
            judge,
            normaliser,
            rate: constant(rate, { warmup: 5 }),
            after: step => ((step + 1) % every === 0 || step + 1 === updates ? look(step + 1) : Promise.resolve()),
          }),
          {
            item: async ({ update, groups, tokens: sampled }) => {
              tokens += sampled
              const raw = groups.map(({ rewards }) => rewards.raw)
              const metrics = rewardMetrics(raw)
              rewardMean.push({
                perception: metrics['rewards/perception/mean'] ?? 0,
                reasoning: metrics['rewards/reasoning/mean'] ?? 0,
              })
              const by = {
                perception: metrics['frac_reward_zero_std/perception'] ?? 0,
                reasoning: metrics['frac_reward_zero_std/reasoning'] ?? 0,
              }
              equalBy.push(by)
              equal.push(
                arm === 'grpo'
                  ? by.reasoning
                  : (metrics[arm === 'sum' ? 'frac_reward_zero_std' : 'frac_reward_zero_std/pa_grpo'] ?? 0),
              )
              progress(job, title, update.step + 1, updates, `reward ${(metrics.reward ?? 0).toFixed(2)}`)
              await job.run.metrics({
                phase: title,
                step: update.step,
                values: { loss: update.loss, grad_norm: update.gradientNorm, ...update.metrics, ...metrics },
              })()
              await job.run.rollouts(groups.slice(0, 1).map(group => rolloutRow(title, update.step, group)))()
            },
            failed: logFailure(job, title),
          },
          job.signal,
        ),
      ),
      TE.flatMap(() => engine.save(checkpoint)),
      TE.map(() => {
        const seconds = (performance.now() - start - watching) / 1000
        return {
          updates: rewardMean.length,
          learningRate: rate,
          secondsPerUpdate: seconds / Math.max(1, rewardMean.length),
          tokensPerSecond: tokens / seconds,
          rewardMean,
          equalRewardGroups: equal,
          equalRewardGroupsByProcess: equalBy,
          curve,
        }
      }),
    )
  }
  return F.pipe(
    recordsOf(job, title, job.records['train-rl']),
    TE.bindTo('records'),
    TE.bind('engine', () => engineFrom(job.config, job.seed, rlOptimiser, from)),
    TE.flatMap(({ records, engine }) => freeing(engine)(train(engine, records))),
  )
}

type LearnedGroup = Learned['groups'][number]

/** The first completion of a group as a line of rollouts.jsonl. */
const rolloutRow = (phase: string, step: number, { record, rollouts, rewards, normalised }: LearnedGroup) => ({
  phase,
  step,
  id: record.id,
  problem: record.problem,
  problemType: record.problemType,
  answer: record.answer,
  completion: rollouts[0]?.text ?? '',
  rewards: {
    perception: rewards.raw.rewards.perception[0] ?? null,
    reasoning: rewards.raw.rewards.reasoning[0] ?? null,
  },
  advantages: {
    perception: normalised.advantages.perception[0] ?? 0,
    reasoning: normalised.advantages.reasoning[0] ?? 0,
  },
  segments: [
    { process: 'perception', text: rollouts[0]?.processes.perception?.observation ?? '' },
    { process: 'reasoning', text: rollouts[0]?.processes.reasoning?.think ?? '' },
    { process: 'reasoning', text: rollouts[0]?.processes.reasoning?.answer ?? '' },
  ].filter(({ text }) => text !== ''),
})

/** A policy on the test split, greedy and at temperature 1. */
export const testPolicy = (
  job: Job,
  name: string,
  checkpoint: string | undefined,
): TE.TaskEither<Fault, PolicySummary & { graded: readonly Graded[] }> =>
  F.pipe(
    checkpoint === undefined
      ? TE.right(freshEngine(job.config, job.seed, rlOptimiser))
      : engineFrom(job.config, job.seed, rlOptimiser, checkpoint),
    TE.flatMap(engine =>
      freeing(engine)(
        F.pipe(
          grades(job, engine, { phase: name, file: job.records.test, temperature: 0, seed: job.seed }),
          TE.bindTo('greedy'),
          TE.bind('sampled', () =>
            grades(job, engine, { phase: name, file: job.records.test, temperature: 1, seed: job.seed }),
          ),
          TE.map(({ greedy, sampled }) => ({
            ...summarise(greedy),
            accuracyAtT1: summarise(sampled).accuracy,
            graded: greedy,
          })),
        ),
      ),
    ),
  )

/** Adds lines to a file of graded outputs. */
export const saveGraded = (path: string, policy: string, graded: readonly Graded[]): TE.TaskEither<Fault, void> =>
  TE.tryCatch(
    () =>
      appendFile(
        path,
        graded
          .map(({ record, grade, text }) => `${JSON.stringify({ policy, id: record.id, text, ...grade })}\n`)
          .join(''),
      ),
    unwritable(path),
  )

export const checkpointOf = (job: Job, name: string): string => join(job.run.directory, 'checkpoints', name)
