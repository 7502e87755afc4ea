import { execFileSync } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { sample, uniform } from 'kinograd/media'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { adapters, few, program } from './decoders.ts'
import { anySubset, base, milliseconds, readThrough, run, written } from './odd.ts'
import { cutStream } from './rewrite.ts'
import { folder, left, right } from './scene.ts'

const home = folder()
const paths = { groups: join(home, 'groups.ts'), open: join(home, 'open.ts'), refresh: join(home, 'refresh.ts') }

beforeAll(async () => {
  if (program === undefined) return
  const from = written(home, 'plain.mp4', (await base(12, 0)).bytes)
  const stream = (how: readonly string[]): Buffer => {
    const path = join(home, 'whole.ts')
    execFileSync(program ?? '', ['-v', 'error', '-y', '-i', from, '-c:v', 'libx264', '-crf', '18', ...how, path])
    return cutStream(readFileSync(path), 0.3)
  }
  written(home, 'groups.ts', stream(['-g', '30', '-bf', '3']))
  written(home, 'open.ts', stream(['-g', '12', '-bf', '3', '-x264-params', 'open-gop=1']))
  written(home, 'refresh.ts', stream(['-g', '12', '-bf', '0', '-x264-params', 'intra-refresh=1']))
})
afterAll(() => rmSync(home, { recursive: true, force: true }))

describe.skipIf(program === undefined).each(adapters)('openings that cannot be decoded: $name', ({ name, make }) => {
  test.each(few(name, Object.keys(paths) as (keyof typeof paths)[]))('%s cut in the middle', async kind => {
    const path = paths[kind]
    const whole = right(await make().probe(path)())
    const refused = left(await make().frames(whole, [0])())
    expect([refused._tag, refused.remedy.includes("onDamage: 'skip'")]).toEqual(['Undecodable', true])

    const decoder = make({ onDamage: 'skip' })
    const { clip, frames, numbers, times } = await readThrough(decoder, path)
    expect(clip.skippedFrames).toBeGreaterThan(0)
    expect(clip.frameCount + (clip.skippedFrames ?? 0)).toBe(whole.frameCount)
    expect(numbers).toEqual(run(60 - clip.frameCount, clip.frameCount))
    expect(Math.round(1000 * (times.at(-1) ?? 0))).toBe((clip.frameCount - 1) * milliseconds)
    expect(right(await sample(decoder, clip, uniform(4))()).count).toBe(4)
    await anySubset(decoder, clip, frames, name === 'ffmpeg' ? 1 : 20)
  })

  test('nothing is left out of a whole clip', async () => {
    const path = written(home, 'whole.mp4', (await base(12, 3)).bytes)
    const skipping = right(await make({ onDamage: 'skip' }).probe(path)())
    expect(skipping).toEqual(right(await make().probe(path)()))
  })
})
