import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import { either as E } from 'fp-ts'
import { installNative, selectBackend } from 'kinograd/engine/tfjs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { installFrom } from '../../src/engine/tfjs/native/install.ts'
import { pins } from '../../src/engine/tfjs/native/pins.ts'

let room = ''
const { PATH } = process.env
beforeEach(async () => {
  room = await mkdtemp(join(tmpdir(), 'kinograd-native-'))
})
afterEach(async () => {
  process.env.PATH = PATH
  await rm(room, { recursive: true })
})

/** Puts programs of that text first on the PATH. */
const programs = async (texts: Record<string, string>, alone = false): Promise<void> => {
  const bin = join(room, 'bin')
  await mkdir(bin)
  for (const [name, text] of Object.entries(texts)) {
    await writeFile(join(bin, name), `#!/bin/sh\n${text}\n`)
    await chmod(join(bin, name), 0o755)
  }
  process.env.PATH = alone ? bin : bin + delimiter + PATH
}

const noBackend = (cause: string) => E.left({ _tag: 'NoBackend', cause: expect.stringContaining(cause) })

describe('selectBackend', () => {
  test.each(['wasm', 'cpu'] as const)('%s starts and computes', async backend => {
    expect(await selectBackend({ backend })()).toMatchObject(E.right({ name: backend, tried: [] }))
    expect(tf.getBackend()).toBe(backend)
    expect([...(await tf.matMul(tf.ones([2, 3]), tf.ones([3, 2])).data())]).toEqual([3, 3, 3, 3])
  })

  test('WebAssembly leaves the process its error events', async () => {
    const before = process.listenerCount('uncaughtException') + process.listenerCount('unhandledRejection')
    await selectBackend({ backend: 'wasm' })()
    expect(process.listenerCount('uncaughtException') + process.listenerCount('unhandledRejection')).toBe(before)
  })

  test('says why it passed over the better ones', async () => {
    const selected = await selectBackend({ env: { KINOGRAD_NATIVE: 'off' } })()
    expect(selected).toMatchObject(E.right({ name: 'wasm' }))
    if (E.isRight(selected))
      expect(selected.right.tried.map(t => t.why)).toEqual(Array(3).fill('switched off by KINOGRAD_NATIVE=off'))
  })

  test('native alone is a fault where there is none', async () =>
    expect(await selectBackend({ backend: 'native', env: { KINOGRAD_CACHE: room } })()).toMatchObject(
      noBackend(`compiled binding: no compiled binding in ${room}`),
    ))
})

describe('installNative', () => {
  const install = (signal?: AbortSignal) =>
    installNative({ env: { KINOGRAD_CACHE: join(room, 'cache') }, ...(signal === undefined ? {} : { signal }) })()
  const works = 'exit 0'

  test('can be switched off', async () =>
    expect(await installNative({ env: { KINOGRAD_NATIVE: 'off' } })()).toMatchObject(noBackend('switched off')))

  test('where there is no wheel for the platform, that is the reason', async () =>
    expect(
      await installFrom({ pins, wheelFor: () => undefined })({ env: { KINOGRAD_CACHE: join(room, 'cache') } })(),
    ).toMatchObject(noBackend('on Linux (x64, arm64) only')))

  test.skipIf(process.platform !== 'linux').each([
    ['no C++ compiler', {}],
    ['no Python with pip', { 'g++': works }],
    ['no npm', { 'g++': works, python3: works }],
  ])('%s is the reason', async (cause, texts) => {
    await programs(texts, true)
    const { npm_execpath } = process.env
    delete process.env.npm_execpath
    expect(await install()).toMatchObject(noBackend(cause))
    if (npm_execpath !== undefined) process.env.npm_execpath = npm_execpath
  })

  test.skipIf(process.platform !== 'linux')(
    'an archive that is not the pinned one is refused and nothing is left',
    async () => {
      await programs({
        'g++': works,
        python3: works,
        npm: '[ "$1" = pack ] || exit 0; for f in tensorflow-tfjs-node-4.22.0 google-protobuf-3.9.2 node-api-headers-1.5.0; do echo x > $f.tgz; done',
      })
      expect(await install()).toMatchObject(
        noBackend(
          'tensorflow-tfjs-node-4.22.0.tgz has SHA-256 73cb3858a687a8494ca3323053016282f3dad39d42cf62ca4e79dda2aac7d9ac, expected d38a448a',
        ),
      )
      expect(await readdir(join(room, 'cache'))).toEqual([])
    },
  )

  test.skipIf(process.platform !== 'linux')('a download that fails is the reason, with its last words', async () => {
    await programs({
      'g++': works,
      python3: works,
      npm: '[ "$1" = pack ] || exit 0; echo no route to registry >&2; exit 7',
    })
    expect(await install()).toMatchObject(noBackend('npm: exit code 7: no route to registry'))
    expect(await readdir(join(room, 'cache'))).toEqual([])
  })

  test.skipIf(process.platform !== 'linux')('aborting ends it and leaves nothing', async () => {
    const stop = new AbortController()
    await programs({ 'g++': works, python3: works, npm: '[ "$1" = pack ] && sleep 60; exit 0' })
    const lines: string[] = []
    const running = installNative({
      env: { KINOGRAD_CACHE: join(room, 'cache') },
      signal: stop.signal,
      log: line => {
        lines.push(line)
        stop.abort()
      },
    })()
    expect(await running).toMatchObject(E.left({ _tag: 'Cancelled' }))
    expect(lines).toHaveLength(1)
    expect(await readdir(join(room, 'cache'))).toEqual([])
  })
})
