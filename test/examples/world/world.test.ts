import { access, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { either as E, taskEither as TE } from 'fp-ts'
import { fault } from 'kinograd/flow'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { writeFault } from '../../../examples/videop2r/world/files.ts'
import type { Encode, WorldOptions } from '../../../examples/videop2r/world/index.ts'
import { createWorld, openWorld, readScenes } from '../../../examples/videop2r/world/index.ts'

/** Writes the raw frames: what is tested here is the folder, not the codec. */
const raw: Encode = (path, frames) =>
  TE.tryCatch(
    () => writeFile(path, Buffer.concat([...frames])),
    () => fault('Unwritable', 'cannot write', 'none'),
  )
const one = { clips: 4, questions: 1 }
const sizes = { 'train-sft': { clips: 6, questions: 3 }, 'train-rl': one, dev: one, test: one }

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'world-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const options = (name: string, more: Partial<WorldOptions> = {}): WorldOptions => ({
  seed: 7,
  directory: join(folder, name),
  sizes,
  encode: raw,
  ...more,
})
const contents = async (directory: string) => {
  const names = (await readdir(directory, { recursive: true, withFileTypes: true })).filter(entry => entry.isFile())
  const files = names.map(entry => join(entry.parentPath, entry.name)).sort()
  return Promise.all(
    files.map(async file => [file.slice(directory.length), (await readFile(file)).toString('base64')] as const),
  )
}
const tagOf = (result: E.Either<{ readonly _tag: string }, unknown>) => (E.isLeft(result) ? result.left._tag : 'ok')

describe('making a world', () => {
  test('the same seed gives the same files', async () => {
    const [a, b] = [await createWorld(options('a'))(), await createWorld(options('b', { inFlight: 5 }))()]
    expect([tagOf(a), tagOf(b)]).toEqual(['ok', 'ok'])
    expect(await contents(join(folder, 'a'))).toEqual(await contents(join(folder, 'b')))
    await createWorld(options('c', { seed: 8 }))()
    expect(await contents(join(folder, 'c'))).not.toEqual(await contents(join(folder, 'a')))
  })

  test('has what it says: records whose clips are there, scenes by record id', async () => {
    const world = await createWorld(options('a'))()
    if (E.isLeft(world)) throw new Error(world.left.cause)
    expect(world.right.counts['train-sft']).toEqual({ clips: 6, questions: 18 })
    const scenes = await readScenes(world.right)()
    for (const [split, file] of Object.entries(world.right.records)) {
      const records = JSON.parse(await readFile(file, 'utf8')) as { problem_id: number; path: string }[]
      expect(records.length).toBe(world.right.counts[split as 'dev'].questions)
      for (const record of records) {
        await access(join(world.right.directory, record.path))
        expect(E.isRight(scenes) && scenes.right.has(String(record.problem_id))).toBe(true)
      }
    }
    JSON.parse(await readFile(join(world.right.tokenizer, 'tokenizer.json'), 'utf8'))
  })

  test('does nothing when all is there, and adds a clip that went missing', async () => {
    await createWorld(options('a'))()
    let encoded = 0
    const counting: Encode = (...args) => {
      encoded++
      return raw(...args)
    }
    expect(tagOf(await createWorld(options('a', { encode: counting }))())).toBe('ok')
    expect(encoded).toBe(0)
    const before = await contents(join(folder, 'a'))
    await rm(join(folder, 'a/clips/dev/00002.mp4'))
    await writeFile(join(folder, 'a/clips/dev/00002.mp4.1.2.part'), 'half a clip')
    expect(tagOf(await openWorld(join(folder, 'a'))())).toBe('BrokenWorld')
    expect(tagOf(await createWorld(options('a', { encode: counting }))())).toBe('ok')
    expect(encoded).toBe(1)
    expect(await contents(join(folder, 'a'))).toEqual(before)
  })

  test('cancelled in the middle it goes on from there, to the same files', async () => {
    const controller = new AbortController()
    const stopping = options('a', {
      signal: controller.signal,
      inFlight: 1,
      onProgress: ({ done, total }) => {
        expect(total).toBe(18)
        if (done === 5) controller.abort()
      },
    })
    expect(tagOf(await createWorld(stopping)())).toBe('Cancelled')
    expect(tagOf(await openWorld(join(folder, 'a'))())).toBe('NotReadable')
    let encoded = 0
    const counting: Encode = (...args) => {
      encoded++
      return raw(...args)
    }
    expect(tagOf(await createWorld(options('a', { encode: counting }))())).toBe('ok')
    expect(encoded).toBe(13)
    await createWorld(options('b'))()
    expect(await contents(join(folder, 'a'))).toEqual(await contents(join(folder, 'b')))
  })

  test('leaves a folder alone that holds something else', async () => {
    await createWorld(options('a'))()
    expect(tagOf(await createWorld(options('a', { seed: 8 }))())).toBe('OtherWorld')
    expect(tagOf(await createWorld(options('a', { crf: 30 }))())).toBe('OtherWorld')
    await writeFile(join(folder, 'mine.txt'), 'mine')
    expect(tagOf(await createWorld(options('.'))())).toBe('OtherWorld')
  })

  test('says when it cannot write, and when the encoder fails', async () => {
    await writeFile(join(folder, 'file'), '')
    expect(tagOf(await createWorld(options('file'))())).toBe('NotWritable')
    const failing: Encode = () => TE.left(fault('NoEncoder', 'no H.264 encoder', 'Install one.'))
    const failed = await createWorld(options('b', { encode: failing }))()
    expect(E.isLeft(failed) && [failed.left._tag, failed.left.remedy]).toEqual(['NotEncoded', 'Install one.'])
    expect(tagOf(await openWorld(join(folder, 'b'))())).toBe('NotReadable')
    expect(writeFault('x', Object.assign(new Error(), { code: 'ENOSPC' }))._tag).toBe('NoSpace')
  })

  test('refuses sizes that make no world', async () => {
    for (const clips of [-1, 1.5, Number.NaN])
      expect(tagOf(await createWorld(options('a', { sizes: { ...sizes, dev: { clips, questions: 1 } } }))())).toBe(
        'BadSize',
      )
    expect(tagOf(await createWorld(options('a', { otherShare: 1.2 }))())).toBe('BadSize')
    expect(tagOf(await createWorld(options('a', { inFlight: 0 }))())).toBe('BadSize')
  })
})
