import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { jetstreamManager } from '@nats-io/jetstream'
import { connect } from '@nats-io/transport-node'
import { afterEach, describe, expect, test } from 'vitest'
import { isLong } from '../spent.ts'
import { hasNats, startNats } from './nats-server.ts'
import { drive, startWorkers } from './processes.ts'

const built = existsSync(fileURLToPath(new URL('../../dist/transport/index.js', import.meta.url)))

/** Looks again and again how many tasks of each queue are handed out, as the server counts them; gives the most of any. */
const watchQueues = async (url: string, run: string) => {
  const connection = await connect({ servers: url })
  const jsm = await jetstreamManager(connection)
  let [most, looks, over] = [0, 0, false]
  const look = async (): Promise<void> => {
    for await (const { num_ack_pending } of jsm.consumers.list(`kinograd_${run}_task`)) {
      most = Math.max(most, num_ack_pending)
      looks += 1
    }
  }
  const watching = (async () => {
    // There is nothing to see before the run has begun.
    for (; !over; await new Promise(wait => setTimeout(wait, 40))) await look().catch(() => {})
  })()
  return async () => {
    over = true
    await watching
    await connection.close()
    return { most, looks }
  }
}

interface Trial {
  readonly count: number
  readonly bound: number
  readonly killEvery: number
  /** Milliseconds that a stage takes. */
  readonly wait: number
}

describe.skipIf(!hasNats || !built)(
  'workers in processes that are killed (skipped: no nats-server, or not built)',
  () => {
    let server: Awaited<ReturnType<typeof startNats>> | undefined
    let stop = (): unknown => undefined
    afterEach(async () => {
      stop()
      await server?.close()
    })

    const tried = async ({ count, bound, killEvery, wait }: Trial) => {
      server = await startNats()
      const run = 'killed'
      const workers = await startWorkers(4, [server.url, run, '8', String(wait)], killEvery)
      stop = workers.stop
      const watched = await watchQueues(server.url, run)
      const driven = await drive([server.url, run, String(count), String(bound)])
      const queues = await watched()
      const { kills, megabytes } = workers.stop()
      console.log(
        `${count} items in ${driven.seconds.toFixed(1)} s, ${kills} kills, at most ${queues.most} of a stage handed out (${bound}); ` +
          `${driven.early} MB after a fifth, ${driven.most} MB at most, a worker ${megabytes} MB`,
      )
      expect({ came: driven.came, wrong: driven.wrong }).toEqual({ came: count, wrong: 0 })
      expect(queues.looks).toBeGreaterThan(3)
      expect(queues.most).toBeLessThanOrEqual(bound)
      expect(kills).toBeGreaterThan(0)
      return { ...driven, megabytes }
    }

    const count = isLong ? 10_000 : 300
    test(`${count} items through three stages on four workers, one killed every second`, {
      timeout: 600_000,
    }, async () => {
      const { early, most } = await tried({ count, bound: 16, killEvery: 1000, wait: 5 })
      expect(most).toBeLessThan(early + 100)
    })

    test.runIf(isLong)(
      '162,000 records, a worker killed every 30 s (in the long suite)',
      { timeout: 1_800_000 },
      async () => {
        const { most, megabytes } = await tried({ count: 162_000, bound: 32, killEvery: 30_000, wait: 0 })
        expect(Math.max(most, megabytes)).toBeLessThan(600)
      },
    )
  },
)
