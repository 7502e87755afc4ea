import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { either as E } from 'fp-ts'
import { type Fault, isDefect } from 'kinograd/flow'
import { nats, openRemote, serve } from 'kinograd/transport'
import { afterEach, describe, expect, test } from 'vitest'
import { hasNats, startNats } from './nats-server.ts'
import { lines, threeStages, upTo } from './stages.ts'

type Server = Awaited<ReturnType<typeof startNats>>

/** A run of three stages, one of which makes blobs, on a server: `done` with its outputs, or what ended it, and after how long. */
const runOn = async ({ url }: Server, { credentials = '', frameBytes = 3, count = 4 } = {}) => {
  const began = Date.now()
  const ended = ({ _tag, cause, remedy }: Fault) => ({ tag: _tag, text: `${cause} ${remedy}`, ms: Date.now() - began })
  const transport = await nats({ url, waitMs: 1000, ...(credentials === '' ? {} : { credentials }) })()
  if (E.isLeft(transport)) return ended(transport.left)
  const stages = threeStages(undefined, frameBytes)
  const worker = serve(transport.right, { run: 'mine', stages: stages.all, drainMs: 0 })
  try {
    const remote = await openRemote(transport.right, { run: 'mine', inFlight: 4 })()
    if (E.isLeft(remote)) return ended(remote.left)
    try {
      const run = lines(remote.right, stages, upTo(count))
      const done = run.then(found => ({ tag: 'done', text: found.join('\n'), ms: Date.now() - began }))
      const ofWorker = worker.ended.then(how => (E.isLeft(how) ? ended(how.left) : done))
      return await Promise.race([done, ofWorker])
    } catch (error) {
      if (isDefect(error)) return ended(error.fault)
      throw error
    } finally {
      await remote.right.close()
    }
  } finally {
    await worker.close()
    await transport.right.close()
  }
}

/** Two accounts, the first as it says. */
const accounts = (ofAda: string): string => `accounts {
  A { ${ofAda} users: [{ user: ada, password: ada-word }] }
  B { jetstream: enabled, users: [{ user: bob, password: bob-word }] }
}`

describe.skipIf(!hasNats)('a NATS server that cannot keep a run (skipped: none is installed)', () => {
  const closing: (() => Promise<unknown>)[] = []
  const started = async (...given: Parameters<typeof startNats>) => {
    const server = await startNats(...given)
    closing.push(server.close)
    const keyOf = async (user: 'ada' | 'bob') => {
      const credentials = join(server.store, user)
      await writeFile(credentials, `${user}\n${user}-word\n`)
      return { credentials }
    }
    return { server, keyOf }
  }
  afterEach(async () => {
    for (const close of closing.splice(0)) await close()
  })

  test('for want of JetStream is named at once, with the way out', async () => {
    const { server } = await started([], { jetStream: false })
    const { tag, text, ms } = await runOn(server)
    expect(text).toMatch(/127\.0\.0\.1:\d+ runs without JetStream/)
    expect(text).toContain('nats-server -js')
    expect(tag).toBe('NoJetStream')
    expect(ms).toBeLessThan(15_000)
  }, 120_000)

  test('for want of JetStream in an account is named, and another account is let in', async () => {
    const { server, keyOf } = await started([], { config: accounts('') })
    const { tag, text } = await runOn(server, await keyOf('ada'))
    expect(text).toContain('not for the account of these credentials')
    expect(text).not.toContain('ada-word')
    expect(tag).toBe('NoJetStream')
    expect((await runOn(server, await keyOf('bob'))).tag).toBe('done')
  }, 120_000)

  test.each([
    ['streams', 'max_streams: 2', /maximum number of streams/],
    ['consumers', 'max_consumers: 1', /maximum consumers/],
    ['bytes', 'max_file: 100K', /resource limits exceeded|insufficient|maximum bytes/],
    ['sizes', 'max_bytes_required: true', /max bytes/],
  ])(
    'for the %s that an account may have says which limit, and ends',
    async (_, limit, words) => {
      const { server, keyOf } = await started([], { config: accounts(`jetstream { ${limit} },`) })
      const { tag, text, ms } = await runOn(server, { ...(await keyOf('ada')), frameBytes: 60_000, count: 8 })
      expect(text).toMatch(words)
      expect(text).toContain('has no room for this run')
      expect(text).toContain('nats stream rm')
      expect(tag).toBe('NoRoom')
      expect(ms).toBeLessThan(20_000)
    },
    40_000,
  )

  test('for want of storage of the whole server says so, and ends', async () => {
    const { server } = await started([], { config: 'jetstream { max_file_store: 100K }' })
    const { tag, text } = await runOn(server, { frameBytes: 60_000, count: 8 })
    expect(text).toContain('has no room for this run')
    expect(tag).toBe('NoRoom')
  }, 120_000)

  test('as its messages are too short is named at once', async () => {
    const { server } = await started([], { config: 'max_payload: 100KB' })
    const { tag, text } = await runOn(server)
    expect(text).toContain('max_payload')
    expect(tag).toBe('Refused')
  }, 120_000)
})
