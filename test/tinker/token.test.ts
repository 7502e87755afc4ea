import { Buffer } from 'node:buffer'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { serveTinker, tinkerEngine } from 'kinograd/engine/tinker'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { right } from './either.ts'
import { type Lie, liar, type Seen } from './liar.ts'
import { toyPolicy } from './toy.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'token-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const key = 'tml-a-key-that-nobody-may-read'
const groups = [{ prompt: { ids: Int32Array.of(1, 2), media: [] }, completions: [Int32Array.of(5)] }]

/** A token that ends after so many seconds. */
const tokenOf = (number: number, seconds: number): string => {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  return `${part({ alg: 'none', number })}.${part({ exp: Date.now() / 1000 + seconds })}.signed`
}

/** A server that exchanges the key for tokens of so many seconds, and lets nobody in by anything but the newest. */
const tokenServer = async (seconds: number, tell: (seen: Seen) => Lie = () => ({ kind: 'truth' })) => {
  const server = right(await serveTinker({ policy: toyPolicy(), directory: folder, port: 0 })())
  const tokens: string[] = []
  const wrong: Seen[] = []
  const between = await liar(server.address, seen => {
    const { verb } = seen
    if (verb === 'client/config') return { kind: 'json', json: { pjwt_auth_enabled: true } }
    if (verb === 'auth/token') {
      if (seen.key !== key) return { kind: 'status', status: 401 }
      tokens.push(tokenOf(tokens.length, seconds))
      return { kind: 'json', json: { jwt: tokens.at(-1) } }
    }
    if (seen.key === tokens.at(-1)) return tell(seen)
    wrong.push(seen)
    return { kind: 'status', status: 401 }
  })
  const close = async (): Promise<void> => {
    await between.close()
    await server.close()
  }
  return { url: between.url, tokens, wrong, close }
}

test('a server that wants tokens gets one for the key, and all else by it', async () => {
  const { url, tokens, wrong, close } = await tokenServer(3600)
  const engine = right(await tinkerEngine({ url, key, patienceSeconds: 2, pauseSeconds: 0.01 })())
  right(await engine.logprobs(groups)())
  expect(tokens.length).toBe(1)
  expect(wrong).toEqual([])
  engine.dispose()
  await close()
})

test('a token is renewed before it ends', async () => {
  const { url, tokens, wrong, close } = await tokenServer(200)
  const engine = right(await tinkerEngine({ url, key, patienceSeconds: 2, pauseSeconds: 0.01 })())
  right(await engine.logprobs(groups)())
  expect(tokens.length).toBeGreaterThan(1)
  expect(wrong).toEqual([])
  engine.dispose()
  await close()
})

test('a key that is refused, and a token that is none, are told without either', async () => {
  const { url, close } = await tokenServer(3600)
  const other = 'tml-another-key-of-some-length'
  const refused = await tinkerEngine({ url, key: other, patienceSeconds: 1, pauseSeconds: 0.01 })()
  expect(refused).toMatchObject({ left: { _tag: 'Refused' } })
  expect(JSON.stringify(refused)).not.toContain(other)
  await close()
  const none = await liar(url, ({ verb }) =>
    verb === 'client/config'
      ? { kind: 'json', json: { pjwt_auth_enabled: true } }
      : { kind: 'json', json: { jwt: 'no.token.at-all' } },
  )
  const bad = await tinkerEngine({ url: none.url, key, patienceSeconds: 1, pauseSeconds: 0.01 })()
  expect(bad).toMatchObject({ left: { _tag: 'BadAnswer' } })
  expect(JSON.stringify(bad)).not.toContain('at-all')
  await none.close()
})
