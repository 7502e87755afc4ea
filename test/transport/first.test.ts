import { setTimeout as sleep } from 'node:timers/promises'
import { inProcess, serve, type Transport } from 'kinograd/transport'
import { describe, expect, test } from 'vitest'
import { sha256 } from '../../src/transport/names.ts'
import { keysSeen } from '../../src/transport/seen.ts'
import { numbers, oneStage, opened, upTo } from './stages.ts'

/** A transport that counts how often results are looked for. */
const counting = (transport: Transport) => {
  let finds = 0
  const find: Transport['find'] = of => {
    finds += 1
    return transport.find(of)
  }
  return { transport: { ...transport, find }, finds: () => finds }
}

/** A stage that counts how often it is run. */
const counted = () => {
  let runs = 0
  const work = oneStage(async n => {
    runs += 1
    return n
  })
  return { work, runs: () => runs }
}

describe('results are looked for where there may be some', () => {
  test('not in a run that nobody began before, on neither side', async () => {
    const [here, { work, runs }] = [counting(inProcess()), counted()]
    const worker = serve(here.transport, { run: 'new', stages: [work] })
    const remote = await opened(here.transport, 'new')
    expect(await numbers(remote, work, upTo(40))).toHaveLength(40)
    expect([here.finds(), runs()]).toEqual([0, 40])
    await remote.close()
    await worker.close()
  })

  test('for an item that was asked for before, and that one is done once', async () => {
    const [{ transport, finds }, { work, runs }] = [counting(inProcess()), counted()]
    const worker = serve(transport, { run: 'twice', stages: [work] })
    const remote = await opened(transport, 'twice')
    const twice = [...upTo(5), ...upTo(5)]
    expect(await numbers(remote, work, twice, 1)).toEqual(twice.map(({ n }) => n))
    expect([finds(), runs()]).toEqual([5, 5])
    await remote.close()
    await worker.close()
  })

  test('in a run that was begun before, whether it came to a result or only to tasks', async () => {
    const [{ transport, finds }, { work, runs }] = [counting(inProcess()), counted()]
    const first = await opened(transport, 'again')
    const reading = numbers(first, work, upTo(3)).catch(() => {})
    await sleep(30)
    await first.close()
    await reading
    expect([finds(), runs()]).toEqual([0, 0])
    const second = await opened(transport, 'again')
    const worker = serve(transport, { run: 'again', stages: [work] })
    expect(await numbers(second, work, upTo(3))).toEqual([0, 1, 2])
    expect([finds(), runs()]).toEqual([3, 3])
    await second.close()
    const third = await opened(transport, 'again')
    expect(await numbers(third, work, upTo(3))).toEqual([0, 1, 2])
    expect([finds(), runs()]).toEqual([6, 3])
    await third.close()
    await worker.close()
  })

  test('by whoever gets a task that another had, as that one may have done it', async () => {
    const [{ transport, finds }, { work, runs }] = [counting(inProcess({ waitMs: 50 })), counted()]
    const deaf: Transport = {
      ...transport,
      async *consume(queue, signal, told) {
        for await (const delivery of transport.consume(queue, signal, told)) yield { ...delivery, ack: () => {} }
      },
    }
    const first = serve(deaf, { run: 'deaf', stages: [work], inFlight: 4 })
    const remote = await opened(transport, 'deaf')
    expect(await numbers(remote, work, upTo(4))).toEqual([0, 1, 2, 3])
    await first.close()
    const second = serve(transport, { run: 'deaf', stages: [work] })
    for (let tries = 0; second.counts().known < 4 && tries < 200; tries++) await sleep(10)
    expect(second.counts().known).toBe(4)
    expect(runs()).toBe(4)
    expect(finds()).toBeGreaterThanOrEqual(4)
    await remote.close()
    await second.close()
  })
})

test('a key that was noted is known ever after, and others hardly ever look so', () => {
  const seen = keysSeen(2 ** 18)
  const keys = Array.from({ length: 5000 }, (_, n) => sha256(`${n}`).slice(0, 40))
  const early = keys.filter(key => seen.note(key)).length
  expect(early).toBeLessThan(20)
  expect(keys.every(key => seen.note(key))).toBe(true)
})
