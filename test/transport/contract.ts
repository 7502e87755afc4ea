import { setTimeout as sleep } from 'node:timers/promises'
import { either as E } from 'fp-ts'
import { gate, isDefect, iterate, within } from 'kinograd/flow'
import { remote as askWorkers, type Serving, serve, type Transport, type TransportLimits } from 'kinograd/transport'
import { afterEach, expect, test } from 'vitest'
import { isLong } from '../spent.ts'
import { expected, lines, mortal, numbers, oneStage, opened, threeStages, upTo } from './stages.ts'

/** What a transport is tried with. */
export interface Tried {
  /** A transport on the same server as all others of this one. */
  readonly make: (limits?: TransportLimits) => Promise<Transport>
}

const right = <A>(given: E.Either<unknown, A>): A => {
  if (E.isLeft(given)) throw new Error(JSON.stringify(given.left))
  return given.right
}

let runs = 0
/** A name that no other test has. */
export const newRun = (): string => `run-${process.pid}-${runs++}`

/** One set of tests for all transports. */
export const contract = ({ make }: Tried): void => {
  const open: Serving[] = []
  const working = (...given: Parameters<typeof serve>): Serving => {
    const worker = serve(...given)
    open.push(worker)
    return worker
  }
  afterEach(async () => {
    await Promise.all(open.splice(0).map(worker => worker.close()))
  })

  test.each([3, 100_000])(
    'three stages in a row give what they give here, in order, failures and %i bytes included',
    async bytes => {
      const [transport, run, stages] = [await make(), newRun(), threeStages(undefined, bytes)]
      working(transport, { run, stages: stages.all, inFlight: 4 })
      const remote = await opened(transport, run)
      expect(await lines(remote, stages, upTo(20))).toEqual(upTo(20).map(({ n }) => expected(n)))
      await remote.close()
    },
  )

  test('all workers together hold no more than the bound, whatever each could', async () => {
    const [transport, run] = [await make(), newRun()]
    let [now, most] = [0, 0]
    const work = oneStage(async n => {
      most = Math.max(most, ++now)
      await sleep(3)
      now -= 1
      return n
    })
    for (let i = 0; i < 2; i++) working(transport, { run, stages: [work], inFlight: 4 })
    const remote = await opened(transport, run, 3)
    expect(await numbers(remote, work, upTo(60), 20)).toHaveLength(60)
    expect(most).toBe(3)
    await remote.close()
  })

  test('workers that are killed all the time lose nothing and double nothing', async () => {
    const count = isLong ? 4000 : 150
    const [transport, run, bound] = [await make({ waitMs: 250 }), newRun(), 12]
    const alive = new Map<() => void, Set<string>>()
    let most = 0
    const start = (): (() => void) => {
      const self = mortal(transport)
      const mine = new Set<string>()
      const stages = threeStages(async (stage, n) => {
        mine.add(`${stage} ${n}`)
        most = Math.max(
          most,
          [...alive.values()].reduce((sum, held) => sum + [...held].filter(one => one.startsWith(stage)).length, 0),
        )
        await sleep(2)
        mine.delete(`${stage} ${n}`)
      })
      const worker = serve(self.transport, { run, stages: stages.all, inFlight: 4, deliveries: 50 })
      const kill = (): void => {
        alive.delete(kill)
        self.kill()
        void worker.close()
      }
      alive.set(kill, mine)
      return kill
    }
    for (let i = 0; i < 4; i++) start()
    const killing = setInterval(() => {
      const [oldest] = alive.keys()
      oldest?.()
      start()
    }, 100)
    const remote = await opened(transport, run, bound)
    const got = await lines(remote, threeStages(), upTo(count), 24)
    clearInterval(killing)
    for (const kill of [...alive.keys()]) kill()
    expect(got).toEqual(upTo(count).map(({ n }) => expected(n)))
    expect(most).toBeLessThanOrEqual(bound)
    await remote.close()
  })

  test('a worker that dies between the result and its word is not asked again: the result is there', async () => {
    const [transport, run] = [await make({ waitMs: 150 }), newRun()]
    let done = 0
    const work = oneStage(async n => {
      done += 1
      return n + 1
    })
    const deaf: Transport = {
      ...transport,
      async *consume(queue, signal, told) {
        for await (const delivery of transport.consume(queue, signal, told)) yield { ...delivery, ack: () => {} }
      },
    }
    const first = working(deaf, { run, stages: [work], inFlight: 5 })
    const remote = await opened(transport, run)
    expect(await numbers(remote, work, upTo(5))).toEqual([1, 2, 3, 4, 5])
    await first.close()
    const second = working(transport, { run, stages: [work] })
    for (let tries = 0; second.counts().known < 5 && tries < 300; tries++) await sleep(20)
    expect(second.counts()).toEqual({ done: 0, known: 5, dead: 0, back: 0 })
    expect(done).toBe(5)
    await remote.close()
  })

  test('what is worked at longer than others wait is not handed out twice', async () => {
    const [transport, run] = [await make({ waitMs: 300 }), newRun()]
    let begun = 0
    const work = oneStage(async n => {
      begun += 1
      await sleep(1000)
      return n
    })
    for (let i = 0; i < 2; i++) working(transport, { run, stages: [work] })
    const remote = await opened(transport, run)
    expect(await numbers(remote, work, upTo(1))).toEqual([0])
    expect(begun).toBe(1)
    await remote.close()
  })

  test('an item that kills whoever touches it becomes a dead letter, and the others go on', async () => {
    const [transport, run] = [await make({ waitMs: 120 }), newRun()]
    let deaths = 0
    const start = (): void => {
      const self = mortal(transport)
      const work = oneStage(async n => {
        if (n !== 2) return n
        deaths += 1
        self.kill()
        void worker.close()
        start()
        return n
      })
      const worker = working(self.transport, { run, stages: [work], deliveries: 3, drainMs: 0 })
    }
    start()
    const remote = await opened(transport, run)
    expect(
      await numbers(
        remote,
        oneStage(async n => n),
        upTo(6),
      ),
    ).toEqual([0, 1, 'DeadLetter', 3, 4, 5])
    expect(deaths).toBe(3)
    await remote.close()
  })

  test('a message that is none becomes a dead letter', async () => {
    const [transport, run, told] = [await make(), newRun(), [] as string[]]
    const work = oneStage(async n => n)
    const remote = await opened(transport, run)
    right(await transport.open({ run, stage: 'work', version: '1' }, 4)())
    for (const body of [
      '',
      '{"v":1}',
      `${'['.repeat(300)}`,
      '{"v":1,"item":"a","input":{"json":{"n":"no"},"inline":{},"blobs":{}}}',
    ])
      right(await transport.publish('task', { run, stage: 'work', version: '1', key: `k${body.length}` }, body)())
    const worker = working(transport, { run, stages: [work], told: words => told.push(words) })
    expect(await numbers(remote, work, upTo(3))).toEqual([0, 1, 2])
    for (let tries = 0; worker.counts().done < 4 && tries < 100; tries++) await sleep(20)
    expect(worker.counts()).toEqual({ done: 4, known: 0, dead: 3, back: 0 })
    expect(told.filter(words => words.startsWith('a dead letter'))).toHaveLength(3)
    await remote.close()
  })

  test('a stage that throws fails its item alone, with its name', async () => {
    const [transport, run] = [await make(), newRun()]
    const work = oneStage(async n => {
      if (n === 1) throw new Error('odd')
      return n
    })
    working(transport, { run, stages: [work] })
    const remote = await opened(transport, run)
    expect(await numbers(remote, work, upTo(3))).toEqual([0, 'Thrown', 2])
    await remote.close()
  })

  test('blobs are known by size and hash, and may be dropped', async () => {
    const [transport, run] = [await make(), newRun()]
    const ref = right(await transport.putBlob(run, 'me', new Uint8Array(300_000).fill(7))())
    expect(Buffer.alloc(300_000, 7).equals(right(await transport.getBlob(run, ref)()))).toBe(true)
    expect(await transport.getBlob(run, { ...ref, sha256: '0'.repeat(64) })()).toMatchObject({
      left: { _tag: 'BadBlob' },
    })
    expect(await transport.getBlob(run, { ...ref, bytes: 3 })()).toMatchObject({ left: { _tag: 'BadBlob' } })
    right(await transport.dropBlob(run, ref)())
    right(await transport.dropBlob(run, ref)())
    expect(await transport.getBlob(run, ref)()).toMatchObject({ left: { _tag: 'NoBlob' } })
  })

  test('a blob that is lost on the way is made anew, and one that is lost again fails its item', async () => {
    const [transport, run, stages] = [await make(), newRun(), threeStages(undefined, 50_000)]
    let [lose, met] = [1, 0]
    const lossy: Transport = {
      ...transport,
      getBlob: (of, ref) => async () => {
        if (met++ < lose) await transport.dropBlob(of, ref)()
        return transport.getBlob(of, ref)()
      },
    }
    working(lossy, { run, stages: stages.all })
    const remote = await opened(transport, run)
    expect(await lines(remote, stages, [{ n: 1 }])).toEqual([expected(1)])
    ;[lose, met] = [2, 0]
    expect(await lines(remote, stages, [{ n: 2 }])).toEqual(['annotate NoBlob'])
    await remote.close()
  })

  test('two runs of one name: the second is refused as long as the first lives', async () => {
    const [transport, run] = [await make(), newRun()]
    const remote = await opened(transport, run)
    await expect(opened(await make(), run)).rejects.toThrow(`the run ${run} is held by`)
    await remote.close()
    await (await opened(transport, run)).close()
  })

  test('a flood is refused where it reaches the bound', async () => {
    const [transport, run] = [await make({ waiting: 50 }), newRun()]
    right(await transport.open({ run, stage: 'work', version: '1' }, 4)())
    const said = await Promise.all(
      Array.from({ length: 60 }, (_, n) =>
        transport.publish('task', { run, stage: 'work', version: '1', key: `k${n}` }, 'x')(),
      ),
    )
    expect(said.filter(E.isRight)).toHaveLength(50)
    expect(said.flatMap(one => (E.isLeft(one) ? [one.left._tag] : []))).toEqual(Array(10).fill('Full'))
    const huge = await transport.publish('task', { run, stage: 'work', version: '1', key: 'huge' }, 'x'.repeat(2e6))()
    expect(huge).toMatchObject({ left: { _tag: 'TooLarge' } })
  })

  test('a run that is begun again finds what was done, and equal items are done once', async () => {
    const [transport, run] = [await make(), newRun()]
    let done = 0
    const work = oneStage(async n => {
      done += 1
      return n
    })
    working(transport, { run, stages: [work], inFlight: 2 })
    const first = await opened(transport, run)
    await numbers(first, work, upTo(10))
    await first.close()
    const second = await opened(transport, run)
    const twice = [...upTo(15), ...upTo(15)]
    expect(await numbers(second, work, twice)).toEqual(twice.map(({ n }) => n))
    expect(done).toBe(15)
    await second.close()
  })

  test('what failed in one run is tried again by the next', async () => {
    const [transport, run] = [await make(), newRun()]
    let broken = true
    const work = oneStage(async n => {
      if (broken && n === 1) throw new Error('the teacher is away')
      return n
    })
    working(transport, { run, stages: [work] })
    const again = async () => {
      const remote = await opened(transport, run)
      const got = await numbers(remote, work, upTo(3))
      await remote.close()
      return got
    }
    expect([await again(), await again()]).toEqual([
      [0, 'Thrown', 2],
      [0, 'Thrown', 2],
    ])
    broken = false
    expect([await again(), await again()]).toEqual([
      [0, 1, 2],
      [0, 1, 2],
    ])
  })

  test('a worker of another version gets nothing, and says why', async () => {
    const [transport, run, told] = [await make(), newRun(), [] as string[]]
    const newer = oneStage(async n => n, { version: '2' })
    const older = working(transport, { run, stages: [oneStage(async () => -1)], told: words => told.push(words) })
    working(transport, { run, stages: [newer] })
    const remote = await opened(transport, run)
    expect(await numbers(remote, newer, upTo(5))).toEqual([0, 1, 2, 3, 4])
    for (let tries = 0; told.length < 2 && tries < 100; tries++) await sleep(20)
    expect(older.counts().done).toBe(0)
    expect(told.join('\n')).toMatch(/nobody has asked for work yet\n.*give both the same configuration/)
    await remote.close()
  })

  test('a run that is closed, and a worker too, do not wait for what is under way', async () => {
    const [transport, run] = [await make(), newRun()]
    let begun = 0
    const work = oneStage((n, signal) => {
      begun += 1
      return n === 0 ? Promise.resolve(0) : sleep(60_000, n, { signal })
    })
    const worker = working(transport, { run, stages: [work], inFlight: 2, drainMs: 50 })
    const remote = await opened(transport, run)
    const reading = numbers(remote, work, upTo(2), 1).catch((error: unknown) => error)
    for (let tries = 0; begun < 2 && tries < 300; tries++) await sleep(20)
    const began = Date.now()
    await remote.close()
    expect(await reading).toSatisfy(isDefect)
    await worker.close()
    expect(worker.counts()).toMatchObject({ done: 1, back: 1 })
    // What is under way takes a minute.
    expect(Date.now() - began).toBeLessThan(20_000)
  })

  test('a reader that leaves is not kept', async () => {
    const [transport, run] = [await make(), newRun()]
    const work = oneStage((n, signal) => (n === 0 ? Promise.resolve(0) : sleep(60_000, n, { signal })))
    working(transport, { run, stages: [work], inFlight: 2, drainMs: 0 })
    const remote = await opened(transport, run)
    const scope = within(gate({ inFlight: 2 }), askWorkers(remote, work))
    let read = 0
    let left = Number.POSITIVE_INFINITY
    for await (const _ of iterate(scope(upTo(5)))) {
      read += 1
      left = Date.now()
      break
    }
    expect(read).toBe(1)
    // What was asked for besides takes a minute.
    expect(Date.now() - left).toBeLessThan(20_000)
    await remote.close()
  })
}
