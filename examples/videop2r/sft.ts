import { function as F, taskEither as TE } from 'fp-ts'
import { type CotRecord, readCot } from 'kinograd/dataset'
import type { Engine } from 'kinograd/engine'
import { cosine } from 'kinograd/engine/tfjs'
import { type Fault, fault } from 'kinograd/flow'
import { consume } from 'kinograd/run'
import { fromRecords, type Update } from 'kinograd/stages'
import { collected, freeing, type Job, logFailure, progress } from './job.ts'
import { first, pairedEpochs } from './order.ts'
import { fineTune } from './pipeline.ts'
import { freshEngine, sftOptimiser } from './policy.ts'

const phase = 'SFT'

/** The chains of a file; fewer than a batch are too few to learn from. */
const chainsOf = (job: Job, file: string, batch: number): TE.TaskEither<Fault, readonly CotRecord[]> =>
  F.pipe(
    collected(job, phase, fromRecords(readCot(file))),
    TE.map(all => all.map(({ record }) => record)),
    TE.filterOrElse(
      chains => chains.length >= batch,
      ({ length }): Fault =>
        fault('TooFewChains', `${length} chains are left, a batch takes ${batch}`, 'Use a larger world.'),
    ),
  )

/** The loss so far: a mean that forgets with every step. */
const smoothed = (before: number | undefined, loss: number): number =>
  before === undefined ? loss : before + (loss - before) / 20

/** Fine-tunes step by step; gives the loss that it ended with. */
const learn = (job: Job, engine: Engine, chains: readonly CotRecord[]): TE.TaskEither<Fault, { loss: number }> => {
  const { steps, batch, rate } = job.preset.sft
  let recent: number | undefined
  const item = ({ step, loss, learningRate, gradientNorm }: Update) => {
    recent = smoothed(recent, loss)
    progress(job, phase, step + 1, steps, `loss ${recent.toFixed(3)}`)
    const values = { loss, learning_rate: learningRate, grad_norm: gradientNorm }
    return job.run.metrics({ phase, step, values })()
  }
  const updates = fineTune(job.world, engine, first(pairedEpochs(chains, job.seed), steps * batch), {
    size: batch,
    rate: cosine(rate, { steps, warmup: Math.min(50, steps / 5), floor: 0.05 }),
  })
  return F.pipe(
    consume(updates, { item, failed: logFailure(job, phase) }, job.signal),
    TE.map(() => ({ loss: recent ?? Number.NaN })),
  )
}

/** Supervised fine-tuning of a fresh policy on the CoT file, saved into `checkpoint`. */
export const trainSft = (job: Job, file: string, checkpoint: string): TE.TaskEither<Fault, { loss: number }> => {
  const engine = freshEngine(job.config, job.seed, sftOptimiser)
  return F.pipe(
    chainsOf(job, file, job.preset.sft.batch),
    TE.flatMap(chains => learn(job, engine, chains)),
    TE.tap(() => engine.save(checkpoint)),
    freeing(engine),
  )
}
