import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { either as E } from 'fp-ts'
import { openRun } from 'kinograd/run'
import { calibrated, drawnFrom, fitCost, readMeasuredRun, secondsPerUpdate, uniformOf } from 'kinograd/simulation'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { fc, test } from '../property.ts'
import { right } from '../tinker/either.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'calibrate-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const cost = fc.double({ min: 0, max: 1, noNaN: true })
const observations = (seed: number, costs: { fixed: number; question: number; token: number }, noise: number) => {
  const uniform = uniformOf(seed)
  return [2, 4, 8].flatMap(questions =>
    [2, 6].flatMap(completions =>
      Array.from({ length: 12 }, () => {
        const lengths = Array.from({ length: questions * completions }, () => 20 + Math.floor(60 * uniform()))
        const tokens = lengths.reduce((sum, n) => sum + n, 0)
        const seconds = costs.fixed + costs.question * questions + (costs.token / 100) * tokens
        return { questions, lengths, seconds: seconds * (1 + noise * uniform()) }
      }),
    ),
  )
}

describe('costs', () => {
  test.prop([fc.record({ fixed: cost, question: cost, token: cost }), fc.integer()], { numRuns: 40 })(
    'that were put in come out again, and none is below 0',
    (costs, seed) => {
      const observed = observations(seed, costs, 0)
      const found = fitCost(observed, ['fixed', 'question', 'token'])
      for (const { questions, lengths, seconds } of observed) {
        const tokens = lengths.reduce((sum, n) => sum + n, 0)
        const said = (found.fixed ?? 0) + (found.question ?? 0) * questions + (found.token ?? 0) * tokens
        expect(Math.abs(said - seconds)).toBeLessThan(1e-6 + 0.001 * seconds)
      }
      expect(Object.values(found).every(value => value >= 0)).toBe(true)
    },
  )
  test('are those of most updates, though the machine was kept from some', () => {
    const observed = observations(1, { fixed: 0.2, question: 0.05, token: 0.1 }, 0.04).map((one, i) =>
      i % 5 === 0 ? { ...one, seconds: 4 * one.seconds } : one,
    )
    const { fixed = 0, question = 0, token = 0 } = fitCost(observed, ['fixed', 'question', 'token'])
    expect(fixed + 4 * question + 1000 * token).toBeGreaterThan(0.2 + 0.2 + 1)
    expect(fixed + 4 * question + 1000 * token).toBeLessThan((0.2 + 0.2 + 1) * 1.06)
  })
  test('of one size of batch are told as well as that size tells them', () => {
    const seconds = [1, 1.1, 0.9, 1]
    const cost = fitCost(
      seconds.map(one => ({ questions: 3, lengths: [5, 5], seconds: one })),
      ['fixed', 'question', 'token', 'step'],
    )
    expect((cost.fixed ?? 0) + 3 * (cost.question ?? 0) + 10 * (cost.token ?? 0) + 5 * (cost.step ?? 0)).toBeCloseTo(
      1,
      1,
    )
  })
})

/** A run whose machine needs so long, written as training writes it. */
const written = async (name: string, questions: number, completions: number, parts = true) => {
  const directory = join(folder, name)
  const uniform = uniformOf(questions + completions)
  let now = 1e12
  const run = right(await openRun({ directory, config: {}, resume: false, now: () => now })())
  for (let step = 0; step < 8; step++) {
    const lengths = Array.from({ length: questions * completions }, () =>
      Math.ceil(drawnFrom({ kind: 'uniform', from: 10, to: 50 }, uniform)),
    )
    const tokens = lengths.reduce((sum, n) => sum + n, 0)
    const slow = step === 0 ? 10 : 1
    const seconds = {
      rollout: slow * (0.1 + 0.001 * tokens),
      update: slow * 0.05 * questions,
      other: slow * 0.02 * questions,
    }
    now += 1000 * (seconds.rollout + seconds.update + seconds.other)
    right(
      await run.metrics({
        phase: 'rl',
        step,
        values: { loss: 0 },
        ...(parts ? { seconds } : {}),
        work: { questions, lengths },
      })(),
    )
  }
  right(await run.metrics({ phase: 'sft', step: 0, values: { loss: 1 } })())
  await run.close()
  return directory
}

describe('a run’s log', () => {
  test('tells what its machine needs, without the first update, which warms up', async () => {
    const runs = []
    for (const [q, c] of [
      [2, 2],
      [6, 2],
      [2, 8],
    ] as const)
      runs.push(right(await readMeasuredRun(await written(`run-${q}-${c}`, q, c))()))
    expect(runs[0]!.updates.length).toBe(8)
    const found = right(calibrated(runs))
    expect(found.updates).toBe(21)
    expect(found.look).toBeCloseTo(0.02, 4)
    expect(found.update.question).toBeCloseTo(0.05, 4)
    expect(found.rollout.token).toBeCloseTo(0.001, 4)
    expect(secondsPerUpdate(runs[0]!)).toBeGreaterThan(0.1 + 0.14 + 0.04)
    expect(secondsPerUpdate(runs[0]!)).toBeLessThan(0.1 + 0.14 + 0.2)
  })
  test('without the times of parts tells seconds an update by the clock, and calibrates nothing', async () => {
    const run = right(await readMeasuredRun(await written('clock', 2, 2, false))())
    expect(secondsPerUpdate(run)).toBeGreaterThan(0.24)
    expect(secondsPerUpdate(run)).toBeLessThan(0.44)
    expect(calibrated([run])).toMatchObject({ left: { _tag: 'NothingMeasured' } })
  })
  test('that is not there, is short, or is damaged is refused with its path', async () => {
    const none = await readMeasuredRun(join(folder, 'none'))()
    expect(E.isLeft(none) && none.left.cause).toMatch(/none.*has 0 rows/)
    const bad = await written('bad', 2, 2)
    await writeFile(
      join(bad, 'metrics.jsonl'),
      '{"time":1,"phase":"rl","step":0,"values":{},"work":{"questions":"two"}}\n',
    )
    expect(await readMeasuredRun(bad)()).toMatchObject({ left: { _tag: 'BadRow' } })
  })
})
