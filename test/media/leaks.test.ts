import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { nodeAv, sample, uniform } from 'kinograd/media'
import { afterAll, expect, test } from 'vitest'
import { adapters } from './decoders.ts'
import { folder, render, right } from './scene.ts'

const home = folder()
afterAll(() => rmSync(home, { recursive: true, force: true }))
const linux = process.platform === 'linux'

const descriptors = (): number => readdirSync('/proc/self/fd').length
const children = (): string[] =>
  readdirSync('/proc').filter(pid => {
    if (!/^\d+$/.test(pid)) return false
    try {
      const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ').at(-1)?.split(' ') ?? []
      return fields[1] === String(process.pid)
    } catch {
      return false
    }
  })
const settled = async (): Promise<number> => {
  for (let i = 0; i < 3; i++) {
    globalThis.gc?.()
    await new Promise(setImmediate)
  }
  return process.memoryUsage().rss
}

test.skipIf(!linux)('2,000 clips in a row leave no file descriptor and no memory behind', async () => {
  const paths: string[] = []
  for (let i = 0; i < 20; i++) paths.push(await render(join(home, `${i}.mp4`), 8, { width: 56, height: 56, fps: 2 }))
  const decode = async (times: number) => {
    const decoder = nodeAv()
    for (let i = 0; i < times; i++) {
      const clip = right(await decoder.probe(paths[i % paths.length] as string)())
      right(await sample(decoder, clip, uniform(8))())
    }
  }
  await decode(300)
  const [files, before] = [descriptors(), await settled()]
  await decode(2000)
  expect(descriptors()).toBeLessThanOrEqual(files)
  expect((await settled()) - before).toBeLessThan(64 * 2 ** 20)
})

test.skipIf(!linux).each(adapters)('no child is left, whether calls end or are cancelled: $name', async ({ make }) => {
  const path = await render(join(home, 'long.mp4'), 60, { width: 160, height: 96, fps: 25, gop: 12 })
  const before = children()
  const decoder = make()
  const clip = right(await decoder.probe(path)())
  for (let i = 0; i < 5; i++) {
    const control = new AbortController()
    const running = sample(decoder, clip, uniform(16), control.signal)()
    if (i % 2 === 0) control.abort()
    await running
  }
  expect(children().filter(pid => !before.includes(pid))).toEqual([])
})
