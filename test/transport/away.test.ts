import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { either as E } from 'fp-ts'
import { isDefect } from 'kinograd/flow'
import { type NatsOptions, nats, serve, type Transport } from 'kinograd/transport'
import { afterEach, describe, expect, test } from 'vitest'
import { isLong } from '../spent.ts'
import { hasNats, startNats } from './nats-server.ts'
import { numbers, oneStage, opened, upTo } from './stages.ts'

const connected = async (options: NatsOptions): Promise<Transport> => {
  const given = await nats({ waitMs: 500, ...options })()
  if (E.isLeft(given)) throw new Error(`${given.left._tag}: ${given.left.cause}`)
  return given.right
}

const refusal = async (options: NatsOptions): Promise<string> => {
  const given = await nats({ connectSeconds: 1, ...options })()
  if (E.isLeft(given)) return `${given.left._tag}: ${given.left.cause} ${given.left.remedy}`
  await given.right.close()
  return 'connected'
}

describe.skipIf(!hasNats)('a NATS server (skipped: none is installed)', () => {
  const closing: (() => Promise<unknown>)[] = []
  const kept = <A extends { readonly close: () => Promise<unknown> }>(one: A): A => {
    closing.unshift(one.close)
    return one
  }
  afterEach(async () => {
    for (const close of closing.splice(0)) await close()
  })
  const folder = async (): Promise<string> => {
    const at = await mkdtemp(join(tmpdir(), 'kinograd-nats-'))
    closing.push(() => rm(at, { recursive: true, force: true }))
    return at
  }

  const seconds = isLong ? 60 : 2
  test(`that is killed and away for ${seconds} s is waited for, and nothing is lost or doubled`, async () => {
    const server = kept(await startNats())
    const [mine, theirs] = [kept(await connected(server)), kept(await connected(server))]
    const run = 'away'
    let done = 0
    const work = oneStage(async n => {
      await sleep(20)
      done += 1
      return n
    })
    const worker = kept(serve(theirs, { run, stages: [work], inFlight: 2, drainMs: 0 }))
    const remote = kept(await opened(mine, run))
    const reading = numbers(remote, work, upTo(100))
    await sleep(400)
    const before = done
    await server.stop()
    await sleep(seconds * 1000)
    await server.start()
    expect(await reading).toEqual(upTo(100).map(({ n }) => n))
    expect(before).toBeLessThan(100)
    // What was under way when the server went may have been done a second time.
    expect(done).toBeLessThanOrEqual(104)
    expect(worker.counts().dead).toBe(0)
  }, 150_000)

  test('that stays away ends the run and the worker, each with the reason', async () => {
    const server = kept(await startNats())
    const impatient = { ...server, patienceSeconds: 1 }
    const [mine, theirs] = [kept(await connected(impatient)), kept(await connected(impatient))]
    const work = oneStage(async n => n)
    const worker = serve(theirs, { run: 'gone', stages: [work] })
    const remote = kept(await opened(mine, 'gone'))
    expect(await numbers(remote, work, upTo(3))).toEqual([0, 1, 2])
    await server.stop()
    const failed = await numbers(remote, work, [{ n: 7 }]).catch((error: unknown) => error)
    expect(isDefect(failed) && failed.fault._tag).toBe('Unreachable')
    expect(await worker.ended).toMatchObject({ left: { _tag: 'Unreachable' } })
  }, 120_000)

  test('is refused by name and reason: none there, no JetStream, wrong credentials, a password in its address', async () => {
    const at = await folder()
    const secret = 'correct-horse-battery-staple'
    await writeFile(join(at, 'right'), `${secret}\n`)
    await writeFile(join(at, 'wrong'), 'wrong-horse-battery-staple\n')
    await writeFile(join(at, 'empty'), '\n')
    const server = kept(await startNats(['--auth', secret]))
    expect(await refusal({ url: 'nats://127.0.0.1:9' })).toMatch(/^Unreachable: .*127.0.0.1:9 has been away for 1 s/)
    expect(await refusal({ url: server.url })).toMatch(/^Refused: .*uthorization/)
    expect(await refusal({ url: server.url, credentials: join(at, 'wrong') })).toMatch(/^Refused: /)
    expect(await refusal({ url: server.url, credentials: join(at, 'empty') })).toMatch(
      /^NoKey: .*none of the three forms/,
    )
    expect(await refusal({ url: server.url, credentials: join(at, 'none') })).toMatch(/^NoKey: .*cannot be read/)
    expect(await refusal({ url: server.url, credentials: join(at, 'right') })).toBe('connected')
    for (const url of [`nats://me:${secret}@127.0.0.1:4222`, 'http://127.0.0.1', 'nats:', '']) {
      const said = await refusal({ url })
      expect(said).toMatch(/^BadAddress: /)
      expect(said).not.toContain(secret)
    }
  }, 120_000)

  const openssl = spawnSync('openssl', ['version']).status === 0
  test.skipIf(!openssl)(
    'with TLS is told by its certificate; nothing of items or keys is in names (skipped: no openssl)',
    async () => {
      const at = await folder()
      const [cert, key] = [join(at, 'cert.pem'), join(at, 'key.pem')]
      const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost']
      const asked = [
        'req',
        '-x509',
        '-newkey',
        'rsa:2048',
        '-nodes',
        '-days',
        '2',
        ...subject,
        '-keyout',
        key,
        '-out',
        cert,
      ]
      execFileSync('openssl', asked, { stdio: 'ignore' })
      await writeFile(join(at, 'who'), 'ada\ncorrect-horse\n')
      const flags = ['--tls', '--tlscert', cert, '--tlskey', key, '--user', 'ada', '--pass', 'correct-horse']
      const server = kept(await startNats(flags))
      const who = { credentials: join(at, 'who') }
      expect(await refusal({ ...server, ...who })).toMatch(/^Refused: .*certificate/)
      const transport = kept(await connected({ ...server, ...who, ca: cert }))
      const work = oneStage(async n => n)
      kept(serve(transport, { run: 'tls', stages: [work], drainMs: 0 }))
      const remote = await opened(transport, 'tls')
      expect(await numbers(remote, work, upTo(3))).toEqual([0, 1, 2])
      await remote.close()
      for (const name of await readdir(server.store, { recursive: true })) expect(name).not.toMatch(/ada|horse/)
      const bodies = await Promise.all(
        (await readdir(server.store, { recursive: true, withFileTypes: true }))
          .filter(entry => entry.isFile())
          .map(entry => readFile(join(entry.parentPath, entry.name), 'latin1')),
      )
      expect(bodies.join('')).toContain('kinograd.result.tls')
      expect(bodies.join('')).not.toContain('correct-horse')
    },
    30_000,
  )
})
