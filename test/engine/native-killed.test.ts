import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { leftRunning, nativeWorld, outcomeOf } from './native-world.ts'

const kills = process.env.KINOGRAD_FUZZ_RUNS === undefined ? 8 : 20

const partsOf = async (cache: string) => (await readdir(cache)).filter(name => name.endsWith('.part'))

describe.skipIf(process.platform !== 'linux')('an installation that is killed', () => {
  test('leaves nothing running, and the next start works or says what to do', { timeout: 400_000 }, async () => {
    const room = await mkdtemp(join(tmpdir(), 'kinograd-killed-'))
    try {
      const { cache, start } = await nativeWorld(room, 0.05)
      const began = performance.now()
      expect((await outcomeOf(start('install'))).value).toMatchObject({ _tag: 'Right' })
      const whole = performance.now() - began
      const seen = { works: 0, says: 0, parts: 0 }
      for (let kill = 0; kill < kills; kill++) {
        await rm(cache, { recursive: true, force: true })
        const child = start('install')
        await new Promise(resolve => setTimeout(resolve, (whole * (kill + 0.5)) / kills))
        child.kill('SIGKILL')
        if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
        expect(await leftRunning(room)).toEqual([])
        if (existsSync(cache) && (await partsOf(cache)).length > 0) seen.parts++
        const { value } = await outcomeOf(start('select'))
        if ((value as { _tag: string })._tag === 'Right') seen.works++
        else {
          seen.says++
          expect(value).toMatchObject({
            left: {
              _tag: 'NoBackend',
              cause: expect.stringContaining('no compiled binding'),
              remedy: expect.stringContaining('npm run native'),
            },
          })
        }
        if (existsSync(cache)) expect(await partsOf(cache)).toEqual([])
      }
      // Where on a busy machine the kills fall is luck; some of them must have met an installation under way.
      expect(seen.says).toBeGreaterThanOrEqual(kills / 4)
      expect(seen.parts).toBeGreaterThanOrEqual(kills / 8)
      expect((await outcomeOf(start('install'))).value).toMatchObject({ _tag: 'Right' })
      expect((await outcomeOf(start('select'))).value).toMatchObject({ _tag: 'Right' })
      expect(await readdir(cache)).toHaveLength(1)
    } finally {
      await rm(room, { recursive: true, force: true })
    }
  })
})
