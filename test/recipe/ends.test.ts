import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { either as E, taskEither as TE } from 'fp-ts'
import * as t from 'io-ts'
import type { Engine } from 'kinograd/engine'
import { type Fault, fault, items, stage, stageError } from 'kinograd/flow'
import { exitCodeOf, openRun, phase, type Run, type Savepoints } from 'kinograd/run'
import * as S from 'kinograd/stages'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { accounts } from '../../src/recipe/accounts.ts'
import { type Standing, standing, trained } from '../../src/recipe/course.ts'
import { summarise } from '../../src/recipe/grades.ts'

let root = ''
let folder = ''
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'kinograd-ends-'))
  folder = join(root, 'run')
})
afterEach(() => rm(root, { recursive: true }))
const opened = async (): Promise<Run> => {
  const run = await openRun({ directory: folder, config: { seed: 1 }, resume: true, env: {} })()
  if (E.isLeft(run)) throw new Error(JSON.stringify(run.left))
  return run.right
}
const rows = async (name: string): Promise<readonly Record<string, unknown>[]> =>
  (await readFile(join(folder, name), 'utf8').catch(() => ''))
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line))

describe('accounts of a phase', () => {
  const lost = (n: number) => stageError('decode', `${n}`, fault('Truncated', 'cut off', 'Fetch it again.'))

  test('take failures up to the tolerance and end it as soon as more are certain', async () => {
    const run = await opened()
    const account = accounts(run, { phase: 'p', total: 100, tolerate: 0.05 })
    for (let n = 0; n < 5; n++) expect(await account.failed(lost(n))).toEqual(E.right(undefined))
    const sixth = await account.failed(lost(5))
    expect(sixth).toMatchObject({
      left: { _tag: 'TooManyFailures', cause: expect.stringMatching(/6 of 6 .*5 %.*decode: 5: cut off/) },
    })
    expect(E.isLeft(sixth) && exitCodeOf(sixth.left)).toBe(5)
    await run.close()
    expect((await rows('failures.jsonl')).map(({ item, phase: of }) => `${of} ${item}`)).toEqual(
      [0, 1, 2, 3, 4, 5].map(n => `p ${n}`),
    )
  })

  test('of less than was foreseen are settled at the end', async () => {
    const run = await opened()
    const account = accounts(run, { phase: 'p', total: 100, tolerate: 0.05, kept: { done: 10, failed: 0 } })
    account.done(8)
    await account.failed(lost(0))
    expect(account.counts()).toEqual({ done: 18, failed: 1 })
    expect(account.settle()).toMatchObject({ left: { _tag: 'TooManyFailures' } })
    await run.close()
  })

  test('with a tolerance of 0 end at the first failure, with 1 never', async () => {
    const run = await opened()
    expect(E.isLeft(await accounts(run, { phase: 'p', total: 9, tolerate: 0 }).failed(lost(0)))).toBe(true)
    expect(E.isRight(await accounts(run, { phase: 'p', total: 1, tolerate: 1 }).failed(lost(0)))).toBe(true)
    await run.close()
  })
})

test('an evaluation of nothing is a fault, not zeros', () => {
  const nothing = summarise('sft, greedy')([])
  expect(nothing).toMatchObject({
    left: { _tag: 'NothingMeasured', cause: 'sft, greedy: not one question could be evaluated' },
  })
  expect(E.isLeft(nothing) && exitCodeOf(nothing.left)).toBe(5)
})

/** A policy that is a number in a file; batches named in `broken` fail. */
const training = (run: Run, options: { broken?: readonly number[]; stopAt?: number; tolerate?: number }) => {
  const { broken = [], stopAt, tolerate = 0.5 } = options
  let weight = 0
  const controller = new AbortController()
  const engine: Pick<Engine, 'save' | 'load'> = {
    save: directory =>
      TE.fromTask(async () => {
        await mkdir(directory, { recursive: true })
        await writeFile(join(directory, 'kinograd.manifest.json'), String(weight))
      }),
    load: directory =>
      TE.tryCatch(
        async () => {
          weight = Number(await readFile(join(directory, 'kinograd.manifest.json'), 'utf8'))
        },
        () => fault('BadCheckpoint', `${directory} cannot be read`, 'Fetch it.'),
      ),
  }
  const learn = stage.fromEither({ name: 'learn', item: (batch: number) => `batch ${batch}` }, (batch: number) => {
    if (broken.includes(batch)) return E.left(fault('NotFinite', 'the loss is NaN', 'Lower the rate.'))
    weight = weight * 3 + batch
    return E.right({ update: { step: batch, loss: 0, learningRate: 1, gradientNorm: 0, metrics: {} } })
  })
  const work = (points: Savepoints<Standing>): TE.TaskEither<Fault, number> =>
    TE.map(() => weight)(
      trained<Standing, S.HasUpdate>({ run, tolerate, signal: controller.signal }, engine as Engine, points, {
        phase: 'RL',
        updates: 10,
        size: 2,
        often: { updates: 4, seconds: 1e9 },
        state: at => at,
        records: () => ({ done: 2, failed: [] }),
        record: ({ update: { step } }) => {
          if (step === stopAt) controller.abort()
          return run.metrics({ phase: 'RL', step, values: { step } })
        },
        stream: (course, from) =>
          items(Array.from({ length: 10 - from }, (_, i) => i + from)).pipe(S.train({ ...course, pipeline: learn })),
      }),
    )
  return phase(run, 'RL', t.number, work, { state: standing })()
}
const steps = async () => (await rows('metrics.jsonl')).map(({ step }) => step)

describe('a training phase', () => {
  test('in which nothing was learned ends with its code', async () => {
    const run = await opened()
    const ended = await training(run, { broken: Array.from({ length: 10 }, (_, i) => i), tolerate: 1 })
    expect(ended).toMatchObject({
      left: { _tag: 'NothingLearned', cause: 'RL ended without a single update: 20 records failed' },
    })
    expect(E.isLeft(ended) && exitCodeOf(ended.left)).toBe(5)
    await run.close()
    expect(await rows('failures.jsonl')).toHaveLength(10)
  })

  test('of which too much failed ends with its code; mended, it goes on with all that stood', async () => {
    const run = await opened()
    const ended = await training(run, { broken: [5, 6], tolerate: 0.1 })
    expect(ended).toMatchObject({ left: { _tag: 'TooManyFailures' } })
    await run.close()
    const again = await opened()
    const unbroken = await training(again, { tolerate: 0.1 })
    await again.close()
    expect(E.isRight(unbroken)).toBe(true)
    expect(await steps()).toEqual(Array.from({ length: 10 }, (_, i) => i))
    expect(await rows('failures.jsonl')).toEqual([])
  })

  test.each([0, 3, 6, 8])('stopped after update %i saves just there and ends as an unbroken one', async stopAt => {
    const whole = await opened()
    const unbroken = await training(whole, { broken: [2] })
    const [metrics, failures] = [await steps(), await rows('failures.jsonl')]
    await whole.close()
    folder = join(root, 'stopped')
    const first = await opened()
    expect(await training(first, { broken: [2], stopAt })).toMatchObject({ left: { _tag: 'Cancelled' } })
    await first.close()
    expect(await steps()).toEqual(metrics.filter(step => Number(step) <= stopAt))
    const second = await opened()
    expect(await training(second, { broken: [2] })).toEqual(unbroken)
    await second.close()
    expect(await steps()).toEqual(metrics)
    expect((await rows('failures.jsonl')).map(({ item }) => item)).toEqual(failures.map(({ item }) => item))
  })

  test('whose checkpoint cannot be read says what helps, and that helps', async () => {
    const first = await opened()
    await training(first, { stopAt: 6 })
    await first.close()
    const place = join(folder, 'checkpoints', 'RL.on-the-way', 'update-000007')
    await rm(place, { recursive: true })
    const again = await opened()
    expect(await training(again, {})).toMatchObject({
      left: { _tag: 'DataChanged', cause: expect.stringContaining('update-000007/kinograd.manifest.json is gone') },
    })
    await again.close()
    await rm(join(folder, 'phases', 'RL.begun.json'))
    const anew = await opened()
    expect(E.isRight(await training(anew, {}))).toBe(true)
    await anew.close()
    expect(await steps()).toEqual(Array.from({ length: 10 }, (_, i) => i))
  })
})
