import { readdirSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import { either as E, taskEither as TE } from 'fp-ts'
import * as t from 'io-ts'
import { sftLoss } from 'kinograd/advantage'
import { checkpoints } from 'kinograd/engine'
import { selectBackend, tinyPolicy } from 'kinograd/engine/tfjs'
import { batch, items, orThrow } from 'kinograd/flow'
import { consume, openRun, phase, type Savepoints } from 'kinograd/run'
import { type HasUpdate, sftUpdate, train } from 'kinograd/stages'

/*
 * npm run soak -- [UPDATES]: many updates of a small policy in a run folder, with logs and a savepoint after every twentieth. Measures
 * resident memory, tensors and open files on the way, and prints by how much each grows in a thousand updates.
 */

const updates = Number(process.argv[2] ?? 2000)

interface Sample {
  readonly update: number
  readonly megabytes: number
  readonly tensors: number
  readonly descriptors: number
}

const sampleAt = (update: number): Sample => {
  globalThis.gc?.()
  return {
    update,
    megabytes: process.memoryUsage().rss / 2 ** 20,
    tensors: tf.memory().numTensors,
    descriptors: process.platform === 'linux' ? readdirSync('/proc/self/fd').length : 0,
  }
}

/** The slope of the least-squares line through a measure of the samples, in a thousand updates. */
const slope = (samples: readonly Sample[], measure: (sample: Sample) => number): number => {
  const mean = (of: (sample: Sample) => number): number =>
    samples.reduce((sum, one) => sum + of(one), 0) / samples.length
  const [x, y] = [mean(({ update }) => update), mean(measure)]
  const upper = samples.reduce((sum, one) => sum + (one.update - x) * (measure(one) - y), 0)
  const lower = samples.reduce((sum, one) => sum + (one.update - x) ** 2, 0)
  return (1000 * upper) / lower
}

orThrow(await selectBackend()())
const { engine, tokenizer } = tinyPolicy()
const directory = await mkdtemp(join(tmpdir(), 'kinograd-soak-'))
const run = orThrow(await openRun({ directory: join(directory, 'run'), config: { updates }, resume: false })())
const state = t.type({ updates: t.number })
const samples: Sample[] = []
const work = (points: Savepoints<{ updates: number }>) => {
  const kept = checkpoints({ engine, directory: join(run.directory, 'checkpoints', 'soak') })
  const lesson = { prompt: { ids: Int32Array.of(72, 105), media: [] }, target: Int32Array.of(8, tokenizer.eos) }
  const stream = items(Array.from({ length: updates }, () => lesson)).pipe(
    batch(1),
    train({
      pipeline: sftUpdate({ engine, objective: sftLoss(), learningRate: () => 1e-4 }),
      every: 20,
      record: (made: E.Either<unknown, HasUpdate>) => {
        if (E.isLeft(made)) return TE.right(undefined)
        const { step, loss } = made.right.update
        if (step % 50 === 49) samples.push(sampleAt(step))
        return run.metrics({ phase: 'soak', step, values: { loss } })
      },
      save: made => TE.flatMap(() => points.save({ updates: made }))(kept.save(made)),
    }),
  )
  return consume(stream, { item: () => {}, failed: error => E.left(error.fault) }, new AbortController().signal)
}
const ended = orThrow(await phase(run, 'soak', t.type({ done: t.number, failed: t.number }), work, { state })())
await run.close()
engine.dispose()
await rm(directory, { recursive: true })

// What is still growing to its size in the first quarter is no leak.
const level = samples.slice(Math.floor(samples.length / 4))
const last = samples.at(-1)
const slopes = {
  megabytes: Number(slope(level, ({ megabytes }) => megabytes).toFixed(3)),
  tensors: Number(slope(level, ({ tensors }) => tensors).toFixed(3)),
  descriptors: Number(slope(level, ({ descriptors }) => descriptors).toFixed(3)),
}
for (const sample of samples.filter((_, i) => i % 5 === 4))
  console.error(
    `${sample.update + 1} updates: ${sample.megabytes.toFixed(0)} MB, ${sample.tensors} tensors, ${sample.descriptors} files`,
  )
console.log(JSON.stringify({ soak: ended.done, last, perThousandUpdates: slopes }))
process.exitCode = Math.abs(slopes.tensors) < 1 && Math.abs(slopes.descriptors) < 1 && slopes.megabytes < 20 ? 0 : 1
