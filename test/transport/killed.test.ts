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

describe.skipIf(!hasNats || !built)(
  'workers in processes that are killed (skipped: no nats-server, or not built)',
  () => {
    let server: Awaited<ReturnType<typeof startNats>> | undefined
    let stop = (): number => 0
    afterEach(async () => {
      stop()
      await server?.close()
    })
    const [count, bound] = [isLong ? 10_000 : 300, 16]

    test(
      `${count} items through three stages on four workers, one killed every second`,
      async () => {
        server = await startNats()
        const run = 'killed'
        const workers = await startWorkers(4, [server.url, run, '8', '5'], 1000)
        stop = workers.stop
        const driving = drive([server.url, run, String(count), String(bound)])
        await new Promise(wait => setTimeout(wait, 500))
        const watched = await watchQueues(server.url, run)
        const { came, wrong, early, most, seconds } = await driving
        const queues = await watched()
        const kills = workers.stop()
        console.log(
          `${count} items in ${seconds.toFixed(1)} s, ${kills} kills, ${early} MB after a fifth, ${most} MB at most`,
        )
        expect({ came, wrong }).toEqual({ came: count, wrong: 0 })
        expect(queues.looks).toBeGreaterThan(3)
        expect(queues.most).toBeLessThanOrEqual(bound)
        expect(kills).toBeGreaterThan(0)
        expect(most).toBeLessThan(early + 100)
      },
      isLong ? 600_000 : 60_000,
    )
  },
)
