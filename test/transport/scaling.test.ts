import { setTimeout as sleep } from 'node:timers/promises'
import { either as E } from 'fp-ts'
import { nats, serve, type Transport } from 'kinograd/transport'
import { afterAll, describe, expect, test } from 'vitest'
import { clockSlowness, isLong } from '../spent.ts'
import { hasNats, startNats } from './nats-server.ts'
import { numbers, oneStage, opened, upTo } from './stages.ts'

describe.skipIf(!hasNats)('workers whose work waits (skipped: no nats-server)', () => {
  const closing: (() => Promise<unknown>)[] = []
  afterAll(async () => {
    for (const close of closing) await close()
  })
  // On a slow machine all that is not waiting takes longer: so does the wait, for what is asked is their ratio.
  const [rounds, inFlight, wait] = [isLong ? 40 : 4, 4, 300 * clockSlowness()]

  test('are twice and four times as fast when they are two and four', { retry: 2, timeout: 120_000 }, async () => {
    const server = await startNats()
    closing.push(server.close)
    const connected = async (): Promise<Transport> => {
      const given = await nats(server)()
      if (E.isLeft(given)) throw new Error(given.left.cause)
      closing.unshift(given.right.close)
      return given.right
    }
    /** Seconds of so many workers for so many times the work of one. */
    const secondsOf = async (workers: number): Promise<number> => {
      const run = `scaling-${workers}`
      const work = oneStage(n => sleep(wait, n))
      for (let i = 0; i < workers; i++) {
        const worker = serve(await connected(), { run, stages: [work], inFlight, drainMs: 0 })
        closing.unshift(worker.close)
      }
      const remote = await opened(await connected(), run, workers * inFlight)
      await numbers(remote, work, [{ n: -1 }])
      const began = performance.now()
      await numbers(remote, work, upTo(workers * inFlight * rounds), 3 * workers * inFlight)
      const seconds = (performance.now() - began) / 1000
      await remote.close()
      return seconds
    }
    const [one, two, four] = [await secondsOf(1), await secondsOf(2), await secondsOf(4)]
    const said = `one worker at ${((rounds * wait) / 1000 / one).toFixed(3)} of what its waits allow; two at ${(one / two).toFixed(3)}, four at ${(one / four).toFixed(3)} of linear`
    console.log(said)
    expect((rounds * wait) / 1000 / one, said).toBeGreaterThan(0.75)
    expect(Math.min(one / two, one / four), said).toBeGreaterThan(0.9)
  })
})
