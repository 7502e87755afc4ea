import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { findDecoder } from 'kinograd/media'
import { afterAll, describe, expect, test } from 'vitest'
import { program } from './decoders.ts'
import { folder, left, right } from './scene.ts'

const home = folder()
afterAll(() => rmSync(home, { recursive: true, force: true }))

describe('finding a decoder', () => {
  test('takes node-av when nothing is asked for, and says why not the others', async () => {
    const found = right(await findDecoder({ env: { PATH: '' } })())
    expect(found.decoder.name).toBe('node-av')
    expect(found.others.map(({ name }) => name)).toEqual(['FFMPEG_BIN', 'ffmpeg-static', 'ffmpeg on PATH'])
    expect(found.others[0]?.why).toBe('not set')
  })

  test('says why FFMPEG_BIN was not taken', async () => {
    const path = join(home, 'not executable')
    writeFileSync(path, 'x')
    const found = right(await findDecoder({ env: { FFMPEG_BIN: path } })())
    expect(found.decoder.name).toBe('node-av')
    expect(found.others[0]?.why).toContain(path)
  })

  test('never replaces what was asked for', async () => {
    const fault = left(await findDecoder({ use: join(home, 'nowhere') })())
    expect(fault._tag).toBe('NoDecoder')
    expect(fault.cause).toContain('nowhere')
  })

  test.skipIf(program === undefined)('takes FFMPEG_BIN and the option', async () => {
    const byName = right(await findDecoder({ env: { FFMPEG_BIN: program } })())
    expect([byName.decoder.name, byName.why]).toEqual(['ffmpeg', 'the environment names it'])
    expect(right(await findDecoder({ use: program as string })()).name).toContain(program as string)
  })
})
