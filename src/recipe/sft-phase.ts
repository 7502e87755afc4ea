import { function as F, taskEither as TE } from 'fp-ts'
import * as t from 'io-ts'
import type { CotRecord } from '../dataset/index.ts'
import type { Engine } from '../engine/index.ts'
import { type Fault, fault } from '../flow/index.ts'
import type { Savepoints } from '../run/index.ts'
import { standing, trained } from './course.ts'
import { engineFrom, freeing, saved } from './engines.ts'
import { fineTune, type Tuned } from './fine-tune.ts'
import type { FineTuning } from './fine-tuning.ts'
import { type PolicyJob, progress } from './job.ts'
import { after, clipEpochs, first } from './order.ts'
import { recordsOf } from './records.ts'
import type { Split } from './split.ts'

/** Where fine-tuning stands: with the loss so far. */
export const sftState = t.readonly(
  t.intersection([standing, t.type({ recent: t.union([t.number, t.null]) })]),
  'state of fine-tuning',
)
type SftState = t.TypeOf<typeof sftState>

/** Fine-tuning as a phase: what it is called, what it does, and on which chains. */
export interface Tuning {
  readonly phase: string
  readonly sft: FineTuning
  readonly chains: Split<CotRecord>
}

/** The chains of a split; fewer than a batch are too few to learn from. */
const chainsOf = (
  job: PolicyJob,
  { phase, sft, chains: split }: Tuning,
  continued: boolean,
): TE.TaskEither<Fault, readonly CotRecord[]> =>
  F.pipe(
    recordsOf(job, { phase, continued }, split),
    TE.filterOrElse(
      chains => chains.length >= sft.batch,
      ({ length }): Fault =>
        fault(
          'TooFewChains',
          `${length} chains are left, a batch takes ${sft.batch}`,
          'Give more records, or a smaller batch.',
        ),
    ),
  )

/** The loss so far: a mean that forgets with every step. */
const smoothed = (before: number | null, loss: number): number =>
  before === null ? loss : before + (loss - before) / 20

/** Fine-tunes step by step; gives the loss that it ended with. */
const learn = (
  job: PolicyJob,
  engine: Engine,
  { phase, sft: { steps, batch: size, rate } }: Tuning,
  chains: readonly CotRecord[],
  points: Savepoints<SftState>,
): TE.TaskEither<Fault, { loss: number }> => {
  const { seed } = job.recipe
  let recent = points.kept?.recent ?? null
  const record = ({ update: { step, loss, learningRate, gradientNorm } }: Tuned) => {
    recent = smoothed(recent, loss)
    progress(job, phase, step + 1, steps, `loss ${recent.toFixed(3)}`)
    const values = { loss, learning_rate: learningRate, grad_norm: gradientNorm }
    return job.run.metrics({ phase, step, values })
  }
  return F.pipe(
    trained<SftState, Tuned>(job, engine, points, {
      phase,
      updates: steps,
      size,
      often: { updates: Math.max(1, Math.floor(steps / 32)), seconds: 20 },
      state: at => ({ ...at, recent }),
      records: ({ records, failed }) => ({ done: records, failed }),
      record,
      stream: (course, from) =>
        fineTune(job, engine, after(first(clipEpochs(chains, { seed, batch: size }), steps * size), from * size), {
          size,
          from,
          rate,
          course,
        }),
    }),
    TE.map(() => ({ loss: recent ?? Number.NaN })),
  )
}

/** Supervised fine-tuning of the policy, saved into `checkpoint`. */
export const trainSft = (
  job: PolicyJob,
  tuning: Tuning,
  checkpoint: string,
  points: Savepoints<SftState>,
): TE.TaskEither<Fault, { loss: number }> =>
  F.pipe(
    chainsOf(job, tuning, points.kept !== undefined),
    TE.bindTo('chains'),
    TE.bind('engine', () => engineFrom(job.policy, 'sft', tuning.sft.start)),
    TE.flatMap(({ chains, engine }) =>
      F.pipe(
        learn(job, engine, tuning, chains, points),
        TE.tap(() => saved(job.policy, engine, checkpoint)),
        freeing(engine),
      ),
    ),
  )
