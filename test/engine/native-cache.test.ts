import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFile, chmod, mkdir, mkdtemp, readdir, rm, symlink, truncate, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { either as E } from 'fp-ts'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { runChild } from '../../src/engine/tfjs/native/child.ts'
import { childEnvironment } from '../../src/engine/tfjs/native/environment.ts'
import { sweepUnused } from '../../src/engine/tfjs/native/leavings.ts'
import { lives, processName } from '../../src/engine/tfjs/native/living.ts'
import { trustedFolder } from '../../src/engine/tfjs/native/trusted.ts'
import { damageOf, verifiedBuild } from '../../src/engine/tfjs/native/verify.ts'
import { leftRunning, type NativeWorld, nativeWorld, outcomeOf } from './native-world.ts'

const linux = process.platform === 'linux'
const library = 'node_modules/@tensorflow/tfjs-node/deps/lib/libtensorflow_cc.so.2'
let room = ''
let world: NativeWorld
let build = ''
const install = () => outcomeOf(world.start('install'))
const select = async () => (await outcomeOf(world.start('select'))).value
const verified = () => verifiedBuild(build)()
const proofOf = async () =>
  (await readdir(build)).filter(name => name.startsWith('verified-')).map(name => join(build, name))

beforeAll(async () => {
  if (!linux) return
  room = await mkdtemp(join(tmpdir(), 'kinograd-cache-'))
  world = await nativeWorld(room, 0)
})
afterAll(() => rm(room, { recursive: true, force: true }))

/** A whole build before each test; made anew only where the test before broke it. */
const whole = async () => {
  if (build !== '' && E.isRight(await verified())) return
  const { value } = await install()
  expect(value).toMatchObject({ _tag: 'Right' })
  const [name = ''] = await readdir(world.cache)
  build = join(world.cache, name)
}

describe.skipIf(!linux)('a build in the cache', { timeout: 180_000 }, () => {
  beforeEach(whole, 120_000)

  const breaks: readonly [string, (at: string) => Promise<unknown>, string][] = [
    ['a library that is cut off', at => truncate(join(at, library), 100), 'has 100 bytes instead of 3000000'],
    ['a library with another byte', at => writeFile(join(at, library), `d${'c'.repeat(2_999_999)}`), 'has SHA-256'],
    ['a library that is gone', at => rm(join(at, library)), 'ENOENT'],
    [
      'a link that leads elsewhere',
      async at => {
        await rm(join(at, library, '../libtensorflow.so'))
        await symlink('/lib/libc.so', join(at, library, '../libtensorflow.so'))
      },
      'leads elsewhere',
    ],
    ['a loader with a line more', at => appendFile(join(at, 'load.cjs'), '//'), 'load.cjs has'],
    ['half a list of files', at => truncate(join(at, 'manifest.json'), 50), 'manifest.json is cut off'],
    ['no list of files', at => rm(join(at, 'manifest.json')), 'manifest.json is missing'],
    [
      'a list of something else',
      at => writeFile(join(at, 'manifest.json'), '[1]'),
      'manifest.json is cut off or not a list',
    ],
  ]
  test.each(breaks)('%s is found at the next start, said, and mended', async (_, damage, said) => {
    await damage(build)
    const found = await verified()
    expect(found).toMatchObject({ left: { kind: 'damaged', why: expect.stringContaining(said) } })
    expect(found).toMatchObject({ left: { why: expect.stringContaining('`npm run native` makes it anew') } })
    const { out, value } = await install()
    expect(value).toMatchObject({ _tag: 'Right' })
    expect(out).toContain('is damaged')
    expect(await verified()).toMatchObject({ _tag: 'Right' })
    expect(await readdir(world.cache)).toHaveLength(1)
  })

  test('a start with a library that is cut off says so and goes on, instead of dying by it', async () => {
    expect(await select()).toMatchObject({ right: { name: 'native' } })
    await truncate(join(build, library), 100)
    const cause = expect.stringContaining('has 100 bytes instead of 3000000')
    expect(await select()).toMatchObject({ left: { _tag: 'NoBackend', cause } })
  })

  test('a file that keeps its length and its times is found once the boot is another', async () => {
    const path = join(build, library)
    const [proof = ''] = await proofOf()
    const { readFile, stat } = await import('node:fs/promises')
    const { atime, mtime } = await stat(path)
    await writeFile(path, `d${'c'.repeat(2_999_999)}`)
    await utimes(path, atime, mtime)
    // As if the file system had noticed nothing, as with a byte that rots on the disk.
    const known: unknown = JSON.parse(await readFile(proof, 'utf8'))
    const { fingerprint, readManifest } = await import('../../src/engine/tfjs/native/manifest.ts')
    const listed = await readManifest(build)
    if (E.isLeft(listed)) throw new Error(listed.left)
    const same = { ...(known as object), fingerprint: fingerprint(build, listed.right.manifest) }
    await writeFile(proof, JSON.stringify(same))
    expect(await verified()).toMatchObject({ _tag: 'Right' })
    await writeFile(proof, JSON.stringify({ ...same, boot: 'the one before' }))
    expect(await verified()).toMatchObject({ left: { kind: 'damaged', why: expect.stringContaining('SHA-256') } })
  })

  test.each([
    ['half a note of what is known', (proof: string) => truncate(proof, 20)],
    ['no note', (proof: string) => rm(proof)],
    ['a note of something else', (proof: string) => writeFile(proof, 'null')],
  ])('%s: all is looked at again', async (_, spoil) => {
    const [proof = ''] = await proofOf()
    await spoil(proof)
    expect(await verified()).toMatchObject({ _tag: 'Right' })
    expect(await proofOf()).toEqual([proof])
  })

  test('a process that died while it loaded the build has all of it looked at', async () => {
    const dead = spawn('/bin/sleep', ['0'])
    await once(dead, 'exit')
    const [place, boot, began] = processName().split('.')
    await mkdir(join(build, 'starting'), { recursive: true })
    await writeFile(join(build, 'starting', `${place}.${boot}.${began}.${dead.pid}`), '')
    await writeFile(join(build, 'starting', processName()), '')
    expect(await verified()).toMatchObject({ _tag: 'Right' })
    expect(await readdir(join(build, 'starting'))).toEqual([processName()])
    await rm(join(build, 'starting'), { recursive: true })
  })

  test('a build that is whole and does not start is not fetched again', async () => {
    const [proof = ''] = await proofOf()
    await rm(proof)
    const broken = join(build, 'node_modules/@tensorflow/tfjs-node/dist/register_all_kernels.js')
    await writeFile(broken, 'process.abort()')
    const { writeManifest } = await import('../../src/engine/tfjs/native/manifest.ts')
    await writeManifest(build)
    expect(await verified()).toMatchObject({ left: { kind: 'unfit', why: expect.stringContaining('SIGABRT') } })
    const { out, value } = await install()
    expect(value).toMatchObject({
      left: { cause: expect.stringContaining(`where ${build} is removed it is made anew`) },
    })
    expect(out).not.toContain('fetching')
    await rm(build, { recursive: true })
  })

  test('two installations at once make one build; the second waits', async () => {
    await rm(build, { recursive: true })
    const slow = await nativeWorld(await mkdtemp(join(room, 'slow-')), 0.1)
    const ended = await Promise.all([outcomeOf(slow.start('install')), outcomeOf(slow.start('install'))])
    expect(ended.map(({ value }) => value)).toMatchObject([{ _tag: 'Right' }, { _tag: 'Right' }])
    const said = ended.map(({ out }) => out).join('\n')
    expect(said.match(/is making it; waiting/g) ?? []).toHaveLength(1)
    expect(await readdir(slow.cache)).toHaveLength(1)
  })

  test('builds of other versions go when nobody has started them for three months', async () => {
    const [old, used] = [join(world.cache, 'native-1.0.0-old'), join(world.cache, 'native-1.0.0-used')]
    const longAgo = new Date(Date.now() - 100 * 24 * 3_600_000)
    for (const at of [old, used]) await mkdir(at)
    await mkdir(join(used, 'starting'))
    for (const at of [old, used]) await utimes(at, longAgo, longAgo)
    await sweepUnused(world.cache, build)
    expect((await readdir(world.cache)).sort()).toEqual(
      ['native-1.0.0-used', build.slice(world.cache.length + 1)].sort(),
    )
    await rm(used, { recursive: true })
  })

  test('damage is told of a build that is not there either', async () => {
    expect(await damageOf(build)).toBeUndefined()
    expect(await damageOf(join(room, 'none'))).toContain('manifest.json is missing')
  })
})

describe.skipIf(!linux)('a cache folder', () => {
  let place = ''
  beforeEach(async () => {
    place = await mkdtemp(join(room, 'place-'))
  })
  afterEach(() => rm(place, { recursive: true, force: true }))

  const refused = (at: string, why: string) => expect(trustedFolder(at)).toEqual(E.left(expect.stringContaining(why)))

  test.each([0o777, 0o770, 0o707, 0o1777])('that others may write to (mode %o) is refused', async mode => {
    await chmod(place, mode)
    refused(place, `others may write to ${place}`)
    refused(place, 'chmod go-w')
  })

  test('below one that others may write to is refused, unless that is sticky', async () => {
    await mkdir(join(place, 'a'), { mode: 0o700 })
    await chmod(place, 0o777)
    refused(join(place, 'a'), `others may write to ${place}`)
    await chmod(place, 0o1777)
    expect(trustedFolder(join(place, 'a'))).toEqual(E.right(undefined))
  })

  test('that a link leads into a folder of others is refused, by its own folder alone it is not', async () => {
    const [open, own] = [join(place, 'open'), join(place, 'own')]
    for (const at of [open, own]) await mkdir(join(at, 'cache'), { recursive: true, mode: 0o700 })
    await symlink(open, join(place, 'to-open'))
    await symlink(own, join(place, 'to-own'))
    await chmod(open, 0o777)
    refused(join(place, 'to-open/cache'), `others may write to ${open}`)
    refused(join(place, 'to-open/not-yet'), `others may write to ${open}`)
    expect(trustedFolder(join(place, 'to-own/cache'))).toEqual(E.right(undefined))
    await symlink(join(place, 'round'), join(place, 'round'))
    refused(join(place, 'round/x'), 'symbolic links')
  })

  test.skipIf(process.getuid?.() !== 0)('of another user, or behind a link of one, is refused', async () => {
    const { chown, lchown } = await import('node:fs/promises')
    await mkdir(join(place, 'a'), { mode: 0o700 })
    await symlink(join(place, 'a'), join(place, 'link'))
    await lchown(join(place, 'link'), 1234, 1234)
    refused(join(place, 'link'), 'belongs to user 1234')
    await chown(join(place, 'a'), 1234, 1234)
    refused(join(place, 'a/b'), 'belongs to user 1234')
  })

  test('that is a file is refused', async () => {
    await writeFile(join(place, 'file'), '')
    refused(join(place, 'file'), 'is no folder')
    refused(join(place, 'file/x'), 'is no folder')
  })

  test('is refused by an installation and a start, with what to do', async () => {
    await chmod(place, 0o777)
    const { env } = world
    const { installNative, selectBackend } = await import('kinograd/engine/tfjs')
    const here = { ...env, KINOGRAD_CACHE: place }
    const cause = expect.stringMatching(/others may write to .* chmod go-w/)
    expect(await installNative({ env: here })()).toMatchObject({ left: { _tag: 'NoBackend', cause } })
    expect(await selectBackend({ backend: 'native', env: here })()).toMatchObject({
      left: { _tag: 'NoBackend', cause },
    })
  })
})

describe.skipIf(!linux)('a child', () => {
  const env = { PATH: process.env.PATH ?? '' }

  test('takes all its own with it: at its end, when time is up, when it is stopped', async () => {
    const place = await mkdtemp(join(room, 'child-'))
    const sh = (text: string, timeoutSeconds = 20, signal?: AbortSignal) =>
      runChild('sh', ['-c', text], { cwd: place, env, timeoutSeconds, signal })()
    expect(await sh('sleep 300 & (sleep 300 & sleep 300) & echo done')).toEqual(E.right('done\n'))
    expect(await leftRunning(place)).toEqual([])
    expect(await sh('sleep 300 & sleep 300', 0.2)).toEqual(E.left('sh: no end after 0.2 s'))
    expect(await leftRunning(place)).toEqual([])
    const stop = new AbortController()
    setTimeout(() => stop.abort(), 200)
    expect(await sh('sleep 300 & sleep 300', 20, stop.signal)).toEqual(E.left('sh: cancelled'))
    expect(await leftRunning(place)).toEqual([])
  })

  test('that is not there, or ends badly, says so', async () => {
    const run = (program: string, args: readonly string[]) => runChild(program, args, { env, timeoutSeconds: 20 })()
    expect(await run('nonesuch', [])).toEqual(E.left(expect.stringMatching(/^nonesuch: exit code 127.*not found/)))
    expect(await run('sh', ['-c', 'echo why >&2; exit 3'])).toEqual(E.left('sh: exit code 3: why'))
    expect(await run('sh', ['-c', 'kill -SEGV $$'])).toEqual(E.left(expect.stringContaining('killed by SIGSEGV')))
  })

  test('gets only what its kind is known to need', async () => {
    const given = {
      PATH: '/bin',
      HOME: '/h',
      HTTPS_PROXY: 'p',
      https_proxy: 'p',
      npm_config_registry: 'r',
      PIP_INDEX_URL: 'i',
      CPATH: 'c',
      CUDA_VISIBLE_DEVICES: '0',
      ANTHROPIC_API_KEY: 'k',
      OPENAI_API_KEY: 'k',
      AWS_SECRET_ACCESS_KEY: 'k',
      GITHUB_TOKEN: 'k',
      HF_TOKEN: 'k',
      NODE_OPTIONS: '--require x',
      LD_PRELOAD: 'x',
      npm_lifecycle_script: 's',
      KINOGRAD_NATIVE: 'on',
    }
    const before = { ...process.env }
    for (const name of Object.keys(process.env)) delete process.env[name]
    try {
      const always = ['HOME', 'PATH']
      const names = (kind: Parameters<typeof childEnvironment>[0]) => Object.keys(childEnvironment(kind, given)).sort()
      expect(names('npm')).toEqual([...always, 'HTTPS_PROXY', 'https_proxy', 'npm_config_registry'].sort())
      expect(names('pip')).toEqual([...always, 'HTTPS_PROXY', 'https_proxy', 'PIP_INDEX_URL'].sort())
      expect(names('compiler')).toEqual([...always, 'CPATH'].sort())
      expect(names('tensorflow')).toEqual([...always, 'CUDA_VISIBLE_DEVICES'].sort())
    } finally {
      Object.assign(process.env, before)
    }
  })
})

test.skipIf(!linux)('a process is known by place, boot, start and number', async () => {
  const name = processName()
  expect(lives(name)).toBe('yes')
  const [place, boot, began, pid] = name.split('.')
  expect(lives(`${place}.${boot}.${Number(began) + 1}.${pid}`)).toBe('no')
  expect(lives(`${place}.00000000.${began}.${pid}`)).toBe('no')
  expect(lives(`00000000.${boot}.${began}.${pid}`)).toBe('unknown')
})
