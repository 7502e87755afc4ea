import { drGrpo } from 'kinograd/advantage'
import type { VideoRecord } from 'kinograd/dataset'
import { tinyPolicy } from 'kinograd/engine/tfjs'
import { batch, each, items } from 'kinograd/flow'
import { template } from 'kinograd/process'
import { noLength } from 'kinograd/reward'
import { advantage, policyUpdate, readRollouts, rollout, score } from 'kinograd/stages'
import { firstValueFrom } from 'rxjs'
import { expect, test } from 'vitest'
import { right } from '../engine/golden.ts'

const more = { options: [], path: 'a.mp4', source: '' }
const record: VideoRecord = {
  ...more,
  id: 'a',
  problem: 'How many balls?',
  answer: '3',
  problemType: 'numerical',
  dataType: 'video',
}

/** Metrics of one update on rollouts that were drawn with this top-p. */
const metrics = async (topP: number, most: number): Promise<Readonly<Record<string, number>>> => {
  const { engine, tokenizer } = tinyPolicy()
  const prompt = { ids: Int32Array.of(72, 105), media: [] }
  const sampling = (seed: number) => ({ count: 4, maxTokens: 6, temperature: 1, topP, stop: [tokenizer.eos], seed })
  const loss = { beta: 0, importanceSampling: { mode: 'token_truncate', most } } as const
  const done = await firstValueFrom(
    items([{ record, prompt }]).pipe(
      batch(1),
      rollout({ engine, sampling }),
      each(readRollouts(template({ all: ['answer'] }), tokenizer)),
      each(score({ accuracy: { all: (_, { text }) => text.length }, length: { all: noLength } })),
      advantage(drGrpo()),
      policyUpdate({ engine, loss, learningRate: () => 1e-4 }),
    ),
  )
  engine.dispose()
  return right(done).update.metrics
}

test('an update reads what the sampler drew from: all of the distribution is the policy itself, a part of it is not', async () => {
  const whole = await metrics(1, 2)
  expect(whole['sampling/importance_sampling_ratio/min']).toBeCloseTo(1, 4)
  expect(whole['sampling/importance_sampling_ratio/max']).toBeCloseTo(1, 4)
  const part = await metrics(0.5, 2)
  // Half of the mass was left out, so that what was drawn was twice as likely as it is.
  expect(part['sampling/importance_sampling_ratio/mean']).toBeGreaterThan(0.49)
  expect(part['sampling/importance_sampling_ratio/mean']).toBeLessThan(0.6)
}, 180_000)
