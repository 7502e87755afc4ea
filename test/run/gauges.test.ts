import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { createNoopMeter, type Gauge, type MeterProvider, metrics } from '@opentelemetry/api'
import { orThrow } from 'kinograd/flow'
import { openRun } from 'kinograd/run'
import { afterAll, expect, test } from 'vitest'

afterAll(() => metrics.disable())

test('a run gives its numbers to whatever OpenTelemetry was told to do with metrics', async () => {
  const recorded: unknown[] = []
  const provider: MeterProvider = {
    getMeter: name => ({
      ...createNoopMeter(),
      createGauge: (gauge: string): Gauge => ({
        record: (value, attributes) => void recorded.push([name, gauge, value, attributes]),
      }),
    }),
  }
  expect(metrics.setGlobalMeterProvider(provider)).toBe(true)
  const directory = await mkdtemp(join(tmpdir(), 'kinograd-gauges-'))
  const run = orThrow(await openRun({ directory, config: {}, resume: false })())
  orThrow(
    await run.metrics({ phase: 'rl', step: 3, values: { 'rewards/look/mean': 0.5, 'näme\n': 2, lost: Number.NaN } })(),
  )
  await run.close()
  await rm(directory, { recursive: true })
  const of = { run: basename(directory), phase: 'rl' }
  expect(recorded).toEqual([
    ['kinograd', 'kinograd.step', 3, of],
    ['kinograd', 'kinograd.rewards/look/mean', 0.5, of],
    ['kinograd', 'kinograd.n_me_', 2, of],
  ])
})
