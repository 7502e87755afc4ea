import { function as F, taskEither as TE } from 'fp-ts'
import * as t from 'io-ts'
import { type CotRecord, readCot } from 'kinograd/dataset'
import type { Engine } from 'kinograd/engine'
import { cosine } from 'kinograd/engine/tfjs'
import { type Fault, fault } from 'kinograd/flow'
import type { Savepoints } from 'kinograd/run'
import { fromRecords } from 'kinograd/stages'
import { standing, trained } from './course.ts'
import { everyItem, freeing, type Job, progress, readable } from './job.ts'
import { after, first, pairedEpochs } from './order.ts'
import { fineTune, type Tuned } from './pipeline.ts'
import { freshEngine, sftOptimiser } from './policy.ts'

const phase = 'SFT'

/** Where fine-tuning stands: with the loss so far. */
export const sftState = t.readonly(
  t.intersection([standing, t.type({ recent: t.union([t.number, t.null]) })]),
  'state of fine-tuning',
)
type SftState = t.TypeOf<typeof sftState>

/** The chains of a file; fewer than a batch are too few to learn from. */
const chainsOf = (
  job: Job,
  file: string,
  batch: number,
  continued: boolean,
): TE.TaskEither<Fault, readonly CotRecord[]> =>
  F.pipe(
    everyItem(job, fromRecords(readCot(file))),
    TE.flatMap(all => (all.length === 0 ? TE.right([]) : readable(job, { phase, continued }, all))),
    TE.map(all => all.map(({ record }) => record)),
    TE.filterOrElse(
      chains => chains.length >= batch,
      ({ length }): Fault =>
        fault('TooFewChains', `${length} chains are left, a batch takes ${batch}`, 'Use a larger world.'),
    ),
  )

/** The loss so far: a mean that forgets with every step. */
const smoothed = (before: number | null, loss: number): number =>
  before === null ? loss : before + (loss - before) / 20

/** Fine-tunes step by step; gives the loss that it ended with. */
const learn = (
  job: Job,
  engine: Engine,
  chains: readonly CotRecord[],
  points: Savepoints<SftState>,
): TE.TaskEither<Fault, { loss: number }> => {
  const { steps, batch: size, rate } = job.preset.sft
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
        fineTune(job.world, engine, after(first(pairedEpochs(chains, job.seed), steps * size), from * size), {
          size,
          from,
          rate: cosine(rate, { steps, warmup: Math.min(50, steps / 5), floor: 0.05 }),
          course,
        }),
    }),
    TE.map(() => ({ loss: recent ?? Number.NaN })),
  )
}

/** Supervised fine-tuning of a fresh policy on the CoT file, saved into `checkpoint`. */
export const trainSft = (
  job: Job,
  file: string,
  checkpoint: string,
  points: Savepoints<SftState>,
): TE.TaskEither<Fault, { loss: number }> => {
  const engine = freshEngine(job.config, job.seed, sftOptimiser)
  return F.pipe(
    chainsOf(job, file, job.preset.sft.batch, points.kept !== undefined),
    TE.flatMap(chains => learn(job, engine, chains, points)),
    TE.tap(() => engine.save(checkpoint)),
    freeing(engine),
  )
}
