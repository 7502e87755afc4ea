import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { either as E, taskEither as TE } from 'fp-ts'
import { sftLoss } from 'kinograd/advantage'
import { checkpoints, type Engine } from 'kinograd/engine'
import {
  batch,
  fault,
  fromItems,
  gate,
  type Item,
  items,
  iterate,
  report,
  stage,
  stageError,
  within,
} from 'kinograd/flow'
import * as S from 'kinograd/stages'
import { lastValueFrom, toArray } from 'rxjs'
import { afterEach, describe, expect, test } from 'vitest'
import { engineOf, prompt, recordOf } from './fakes.ts'

/** A policy that is a number: each update adds one, and sees which number it started from. */
const policy = () => {
  const log: string[] = []
  let weight = 0
  const learn = stage.fromTaskEither(
    { name: 'learn', item: (step: number) => `batch ${step}` },
    (step: number) => async () => {
      await new Promise(resolve => setTimeout(resolve, 1))
      if (step === 99) return E.left(fault('NotFinite', 'NaN', 'Lower the rate.'))
      log.push(`update of ${weight}`)
      weight += 1
      return E.right({ update: { step, loss: 0, learningRate: 1, gradientNorm: 0, metrics: {} } })
    },
  )
  const look = (what: string) => (updates: number) =>
    TE.fromIO(() => {
      log.push(`${what} ${updates}: ${weight}`)
      return weight
    })
  return {
    learn,
    log,
    look,
    set: (to: number) => {
      weight = to
    },
    weight: () => weight,
  }
}
const all = <A>(stream: ReturnType<typeof items<A>> | import('rxjs').Observable<Item<A>>) =>
  lastValueFrom(stream.pipe(toArray()), { defaultValue: [] })
const progress = <A extends S.HasProgress<unknown>>(out: readonly Item<A>[]) =>
  out.flatMap(it => (E.isRight(it) ? [it.right.progress] : []))

describe('train', () => {
  test('evaluation and saving see the policy of their step, and the next update waits for them', async () => {
    const { learn, log, look } = policy()
    const out = await all(
      items([0, 1, 2]).pipe(S.train({ pipeline: learn, evaluate: look('evaluate'), save: look('save') })),
    )
    expect(log).toEqual([1, 2, 3].flatMap(n => [`update of ${n - 1}`, `evaluate ${n}: ${n}`, `save ${n}: ${n}`]))
    expect(progress(out)).toEqual([1, 2, 3].map(n => ({ updates: n, evaluation: n, saved: true })))
  })

  test('a slow reader, who meets later weights, still reads the evaluation of the step', async () => {
    const { learn, look, weight } = policy()
    const ahead: number[] = []
    for await (const item of iterate(
      items([0, 1, 2, 3, 4, 5]).pipe(S.train({ pipeline: learn, evaluate: look('evaluate') })),
    )) {
      await new Promise(resolve => setTimeout(resolve, 20))
      expect(E.isRight(item)).toBe(true)
      if (E.isRight(item)) ahead.push(weight() - (item.right.progress.evaluation ?? Number.NaN))
    }
    expect(ahead.every(n => n >= 0)).toBe(true)
    expect(Math.max(...ahead)).toBeGreaterThan(0)
  })

  test('every n updates, saving and evaluating apart, and after the last', async () => {
    const { learn, log, look } = policy()
    const steps = { save: look('save'), evaluate: look('evaluate') }
    await all(
      items(Array(9).keys()).pipe(S.train({ pipeline: learn, ...steps, every: { save: 3, evaluate: 2 }, updates: 7 })),
    )
    expect(log.filter(line => line.startsWith('save'))).toEqual(['save 3: 3', 'save 6: 6', 'save 7: 7'])
    expect(log.filter(line => line.startsWith('evaluate'))).toEqual([2, 4, 6, 7].map(n => `evaluate ${n}: ${n}`))
    expect(log.filter(line => line.startsWith('update'))).toHaveLength(7)
  })

  test('after a resume the same updates are due as without one', async () => {
    const every = { save: 3, evaluate: 5 }
    const run = async (from: number) => {
      const { learn, log, look, set } = policy()
      set(from)
      const steps = { save: look('save'), evaluate: look('evaluate') }
      await all(items(Array(11).keys()).pipe(S.train({ pipeline: learn, ...steps, every, resume: TE.right(from) })))
      return log.filter(line => !line.startsWith('update'))
    }
    expect(await run(0)).toEqual(['save 3: 3', 'evaluate 5: 5', 'save 6: 6', 'save 9: 9', 'evaluate 10: 10'])
    expect(await run(6)).toEqual(['save 9: 9', 'evaluate 10: 10'])
  })

  test('a failed batch is a Left and no update: what was due at it is done at the next', async () => {
    const { learn, log, look } = policy()
    const out = await all(items([0, 99, 1, 2]).pipe(S.train({ pipeline: learn, every: 2, save: look('save') })))
    expect(out.map(E.isRight)).toEqual([true, false, true, true])
    expect(log.filter(line => line.startsWith('save'))).toEqual(['save 2: 2'])
  })

  test('stop ends it after the update that it was asked about; nothing more is trained', async () => {
    const { learn, weight, look } = policy()
    const stop = ({ evaluation = 0 }: S.Progress<number>) => evaluation >= 3
    const out = await all(items(Array(20).keys()).pipe(S.train({ pipeline: learn, evaluate: look('evaluate'), stop })))
    expect([out.length, weight()]).toEqual([3, 3])
  })

  test('a save that fails is the last item, with its reason', async () => {
    const { learn, weight } = policy()
    const save = (n: number) =>
      n < 2 ? TE.right(undefined) : TE.left(fault('CannotWrite', 'the disk is full', 'Free some space.'))
    const out = await all(items(Array(9).keys()).pipe(S.train({ pipeline: learn, save })))
    expect(out.map(E.isRight)).toEqual([true, false])
    expect(out.flatMap(it => (E.isLeft(it) ? [report(it.left)] : []))).toEqual([
      'progress: update 1: the disk is full (CannotWrite). Free some space.',
    ])
    expect(weight()).toBe(2)
  })

  test('a resume passes over what was trained on; one that fails ends the stream before anything is trained', async () => {
    const { learn, log, set } = policy()
    const resume = TE.fromIO(() => {
      set(2)
      return 2
    })
    const out = await all(items([0, 1, 2, 3]).pipe(S.train({ pipeline: learn, resume })))
    expect(progress(out).map(p => p.updates)).toEqual([3, 4])
    expect(log).toEqual(['update of 2', 'update of 3'])
    const broken = TE.left(fault('BadCheckpoint', 'weights.safetensors is of another step', 'Remove it.'))
    await expect(all(items([0]).pipe(S.train({ pipeline: learn, resume: broken })))).rejects.toMatchObject({
      fault: { _tag: 'BadCheckpoint' },
    })
  })
})

test('batches that failed are passed over too: a resume trains on what the unbroken run trains on', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'kinograd-failed-'))
  const engine = {
    save: (to: string) => TE.fromTask(async () => void (await mkdir(to, { recursive: true }))),
    load: () => TE.right(undefined),
  }
  const steps = [0, 99, 1, 99, 99, 2, 3]
  const run = async (updates: number) => {
    const { learn } = policy()
    const out = await all(
      items(steps).pipe(S.train({ pipeline: learn, updates, ...checkpoints({ engine, directory }) })),
    )
    return out.flatMap(it => (E.isRight(it) ? [it.right.update.step] : []))
  }
  expect(await run(2)).toEqual([0, 1])
  expect(await readdir(directory)).toEqual(['update-000001', 'update-000002-batch-000003'])
  expect(await run(4)).toEqual([2, 3])
  expect(await checkpoints({ engine, directory }).save(4)()).toEqual(E.right(undefined))
  expect(await readdir(directory)).toEqual(['update-000003-batch-000006', 'update-000004'])
  await rm(directory, { recursive: true })
})

describe('nothing to learn', () => {
  const batch = (rewards: readonly (number | null)[], wellFormed: boolean) => ({
    update: { step: 0, loss: 0, learningRate: 0, gradientNorm: 0, metrics: {} },
    items: [
      {
        rewards: { raw: { _tag: 'Raw' as const, group: 'a', size: rewards.length, rewards: { p: rewards } } },
        rollouts: rewards.map(() => ({ processes: { p: wellFormed ? {} : null } })),
      },
    ],
  })
  const notices = async (given: ReturnType<typeof batch>[]) => {
    const said: string[] = []
    const pass = stage.pure({ name: 'pass', item: () => '' }, (b: ReturnType<typeof batch>) => b)
    await all(items(given).pipe(S.train({ pipeline: pass, notice: ({ cause }) => said.push(cause) })))
    return said
  }

  test('is said once, with the likely reason', async () => {
    expect(await notices(Array.from({ length: 25 }, () => batch([0, 0], false)))).toEqual([
      '10 updates on end had no output that follows the template, so every reward was the same',
    ])
    expect(await notices(Array.from({ length: 25 }, () => batch([2, 2], true)))).toEqual([
      '10 updates on end had groups whose rewards were all the same, so every advantage was 0',
    ])
  })

  test('a process that nobody can score is named', async () => {
    expect(await notices(Array.from({ length: 12 }, () => batch([null, null], true)))).toEqual([
      '10 updates on end had no rollout that could be scored for "p", so nothing of it was learned',
    ])
  })

  test('is not said where one update in ten tells rollouts apart, or where nothing is known of rewards', async () => {
    expect(await notices(Array.from({ length: 40 }, (_, i) => batch(i % 10 === 9 ? [0, 1] : [0, 0], true)))).toEqual([])
    expect(await notices(Array.from({ length: 40 }, () => ({ ...batch([], true), items: [] })))).toEqual([])
  })
})

describe('checkpoints', () => {
  const folders: string[] = []
  const folder = async () => {
    const made = await mkdtemp(join(tmpdir(), 'kinograd-checkpoints-'))
    folders.push(made)
    return made
  }
  afterEach(() => Promise.all(folders.splice(0).map(made => rm(made, { recursive: true }))))
  /** Saves as a folder, loads by its name. */
  const engine = (loaded: string[] = []): Pick<Engine, 'save' | 'load'> => ({
    save: directory => TE.fromTask(async () => void (await mkdir(directory, { recursive: true }))),
    load: directory =>
      directory.endsWith('000007')
        ? TE.left(fault('BadCheckpoint', 'model.safetensors is of another step', 'Remove the folder.'))
        : TE.fromIO(() => void loaded.push(directory)),
  })

  test('the newest stay, and the newest is loaded', async () => {
    const directory = await folder()
    const loaded: string[] = []
    const { save, resume } = checkpoints({ engine: engine(loaded), directory, keep: 2 })
    expect(await resume()).toEqual(E.right({ updates: 0, batches: 0 }))
    for (const n of [2, 4, 6]) expect(await save(n)()).toEqual(E.right(undefined))
    expect(await readdir(directory)).toEqual(['update-000004', 'update-000006'])
    expect(await resume()).toEqual(E.right({ updates: 6, batches: 6 }))
    expect(loaded).toEqual([join(directory, 'update-000006')])
  })

  test('a damaged one is refused and named, not passed over', async () => {
    const directory = await folder()
    const { save, resume } = checkpoints({ engine: engine(), directory })
    await save(5)()
    await save(7)()
    expect(await resume()).toMatchObject(E.left({ _tag: 'BadCheckpoint' }))
  })

  test('an earlier one is not written beside a later one, which a resume would take', async () => {
    const { save } = checkpoints({ engine: engine(), directory: await folder(), keep: 1 })
    await save(100)()
    expect(await save(1)()).toMatchObject(
      E.left({ _tag: 'LaterCheckpoint', cause: expect.stringContaining('update-000100') }),
    )
  })

  test.each([0, -1, 1.5, Number.NaN])('keep: %d is a defect', keep => {
    expect(() => checkpoints({ engine: engine(), directory: '.', keep })).toThrow('checkpoints are to be kept')
  })
})

describe('updates of one engine', () => {
  test('do not meet in one step, however many batches are under way', async () => {
    const { engine } = engineOf({})
    const log: string[] = []
    const slow: Engine = {
      ...engine,
      forwardBackward:
        (groups, ...rest) =>
        async () => {
          log.push('gradient')
          await new Promise(resolve => setTimeout(resolve, 2))
          return engine.forwardBackward(groups, ...rest)()
        },
      optimStep: rate => async () => {
        log.push('step')
        return engine.optimStep(rate)()
      },
    }
    const aimed = Array.from({ length: 6 }, (_, i) => ({ record: recordOf(`${i}`), prompt, target: Int32Array.of(1) }))
    const update = S.sftUpdate({ engine: slow, objective: sftLoss(), learningRate: () => 1 })
    const out = await all(items(aimed).pipe(batch(1), within(gate({ inFlight: 4 }), update)))
    expect(out.map(E.isRight)).toEqual(aimed.map(() => true))
    expect(log).toEqual(aimed.flatMap(() => ['gradient', 'step']))
  })
})

describe('what training writes down', () => {
  test('of each batch, updates and failures, comes before it is evaluated and saved, whatever the reader does', async () => {
    const { learn, log, look } = policy()
    const record = (outcome: Item<S.HasUpdate>) =>
      TE.fromTask(async () => {
        await new Promise(resolve => setTimeout(resolve, 2))
        log.push(E.isRight(outcome) ? `record ${outcome.right.update.step}` : `failed ${outcome.left.item}`)
      })
    const stream = items([0, 99, 1, 2]).pipe(S.train({ pipeline: learn, record, save: look('save'), every: 2 }))
    for await (const _ of iterate(stream)) await new Promise(resolve => setTimeout(resolve, 10))
    expect(log.filter(line => !line.startsWith('update'))).toEqual([
      'record 0',
      'failed batch 99',
      'record 1',
      'save 2: 2',
      'record 2',
    ])
  })

  test('and cannot be written ends it with the reason', async () => {
    const { learn, weight } = policy()
    const record = () => TE.left(fault('NoSpace', 'the disk is full', 'Free some space.'))
    const out = await all(items([0, 1, 2]).pipe(S.train({ pipeline: learn, record })))
    expect(out).toMatchObject([E.left({ stage: 'progress', fault: { _tag: 'NoSpace' } })])
    expect(weight()).toBe(1)
  })

  test('a batch that comes failed is written down too', async () => {
    const { learn } = policy()
    const lost = stageError('read', 'b', fault('Lost', 'it is gone', 'Find it.'))
    const seen: string[] = []
    const record = (outcome: Item<S.HasUpdate>) =>
      TE.fromIO(() => void seen.push(E.isLeft(outcome) ? outcome.left.item : 'update'))
    await all(fromItems<number>([E.right(0), E.left(lost), E.right(1)]).pipe(S.train({ pipeline: learn, record })))
    expect(seen).toEqual(['update', 'b', 'update'])
  })

  test('a signal ends it after the update under way, which is saved', async () => {
    const { learn, log, look } = policy()
    const controller = new AbortController()
    const record = (outcome: Item<S.HasUpdate>) =>
      TE.fromIO(() => {
        if (E.isRight(outcome) && outcome.right.update.step === 2) controller.abort()
      })
    const { signal } = controller
    const out = await all(
      items(Array(9).keys()).pipe(S.train({ pipeline: learn, record, signal, every: 100, save: look('save') })),
    )
    expect(out).toHaveLength(3)
    expect(log.at(-1)).toBe('save 3: 3')
  })

  test('saving goes by the clock where it is asked', async () => {
    const { learn, log, look } = policy()
    const save = (updates: number) => updates === 1 || updates === 4
    await all(items(Array(6).keys()).pipe(S.train({ pipeline: learn, save: look('save'), every: { save } })))
    expect(log.filter(line => line.startsWith('save'))).toEqual(['save 1: 1', 'save 4: 4'])
  })
})

describe('which checkpoints stay', () => {
  const kept = async (keep: Parameters<typeof checkpoints<number>>[0]['keep'], evaluations: readonly number[]) => {
    const directory = await mkdtemp(join(tmpdir(), 'kinograd-keep-'))
    const engine = {
      save: (folder: string) =>
        TE.fromTask<void, never>(() => mkdir(folder, { recursive: true }).then(() => undefined)),
      load: () => TE.right(undefined),
    }
    // Each save by a new process: what is measured is read again.
    for (const [i, value] of evaluations.entries()) {
      const saved = await checkpoints<number>({ engine, directory, ...(keep === undefined ? {} : { keep }) }).save(
        i + 1,
        i + 1,
        value,
      )()
      expect(E.isRight(saved)).toBe(true)
    }
    const names = (await readdir(directory))
      .filter(name => name.startsWith('update'))
      .map(name => Number(name.slice(7)))
    await rm(directory, { recursive: true })
    return names
  }
  const best = { measure: (value: number) => value }

  test('the newest', async () => {
    expect(await kept(undefined, [1, 2, 3, 4])).toEqual([3, 4])
    expect(await kept({ last: 1 }, [1, 2, 3, 4])).toEqual([4])
  })
  test('every nth, for good', async () => {
    expect(await kept({ last: 1, every: 3 }, [0, 0, 0, 0, 0, 0, 0])).toEqual([3, 6, 7])
  })
  test('the best by a metric, the newer of equal ones', async () => {
    expect(await kept({ last: 1, best }, [1, 5, 2, 5, 3])).toEqual([4, 5])
    expect(await kept({ last: 1, best: { ...best, count: 2 } }, [1, 9, 2, 7, 3])).toEqual([2, 4, 5])
    expect(await kept({ last: 1, best }, [1, Number.NaN, 0])).toEqual([1, 3])
  })
  test('numbers that make no sense are a defect', () => {
    const engine = { save: () => TE.right(undefined), load: () => TE.right(undefined) }
    for (const keep of [0, { last: 1.5 }, { every: -1 }, { best: { ...best, count: 0 } }])
      expect(() => checkpoints({ engine, directory: 'x', keep })).toThrow(/BadKeep/)
  })
  test('going back loads one and takes away those that are further', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'kinograd-back-'))
    const loaded: string[] = []
    const engine = {
      save: (folder: string) =>
        TE.fromTask<void, never>(() => mkdir(folder, { recursive: true }).then(() => undefined)),
      load: (folder: string) => TE.fromIO(() => void loaded.push(folder)),
    }
    const { save, back, folder } = checkpoints({ engine, directory, keep: 9 })
    for (const n of [1, 2, 3]) await save(n)()
    expect(await back({ updates: 2, batches: 2 })()).toEqual(E.right({ updates: 2, batches: 2 }))
    expect([loaded, await readdir(directory)]).toEqual([
      [folder({ updates: 2, batches: 2 })],
      ['update-000001', 'update-000002'],
    ])
    await back({ updates: 0, batches: 0 })()
    expect(await readdir(directory)).toEqual([])
    await rm(directory, { recursive: true })
  })
})
