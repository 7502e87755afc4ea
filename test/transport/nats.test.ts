import { either as E } from 'fp-ts'
import { nats, type Transport } from 'kinograd/transport'
import { afterAll, beforeAll, describe } from 'vitest'
import { contract } from './contract.ts'
import { hasNats, startNats } from './nats-server.ts'

describe.skipIf(!hasNats)('NATS JetStream (skipped: no nats-server)', () => {
  let server: Awaited<ReturnType<typeof startNats>>
  const open: Transport[] = []
  beforeAll(async () => {
    server = await startNats()
  })
  afterAll(async () => {
    for (const transport of open) await transport.close()
    await server.close()
  })
  contract({
    make: async (limits = {}) => {
      const given = await nats({ url: server.url, ...limits })()
      if (E.isLeft(given)) throw new Error(given.left.cause)
      open.push(given.right)
      return given.right
    },
  })
})
