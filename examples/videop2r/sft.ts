import { function as F, taskEither as TE } from 'fp-ts'
import { type CotRecord, readCot } from 'kinograd/dataset'
import { cosine } from 'kinograd/engine/tfjs'
import { type Fault, fault } from 'kinograd/flow'
import { consume } from 'kinograd/run'
import { fromRecords } from 'kinograd/stages'
import { freeing, type Job, logFailure, progress } from './job.ts'
import { first, pairedEpochs } from './order.ts'
import { fineTune } from './pipeline.ts'
import { freshEngine, sftOptimiser } from './policy.ts'

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
              item: ({ step, loss, learningRate, gradientNorm }) => {
                recent = Number.isNaN(recent) ? loss : recent + (loss - recent) / 20
                progress(job, 'SFT', step + 1, steps, `loss ${recent.toFixed(3)}`)
                const values = { loss, learning_rate: learningRate, grad_norm: gradientNorm }
                return job.run.metrics({ phase: 'SFT', step, values })()
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
