import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { either as E } from 'fp-ts'
import { afterAll, describe, expect, test } from 'vitest'
import { licenceFindings } from '../../src/run/cli/licences.ts'
import { enoughHeap, memoryFindings } from '../../src/run/cli/memory.ts'

const path = (name: string) => fileURLToPath(new URL(`../../${name}`, import.meta.url))
const command = path('dist/cli/main.js')
const room = mkdtempSync(join(tmpdir(), 'kinograd-memory-'))
afterAll(() => rmSync(room, { recursive: true }))

/** Runs a line of a shell with Node's path as $NODE, in a cache where there is nothing native. */
const sh = (line: string, env: Record<string, string> = {}) => {
  const { NODE_OPTIONS: _, ...rest } = process.env
  const { stdout, stderr, status } = spawnSync('/bin/sh', ['-c', line], {
    encoding: 'utf8',
    timeout: 120_000,
    cwd: room,
    env: { ...rest, NODE: process.execPath, KINOGRAD_CACHE: join(room, 'cache'), ...env },
  })
  return { out: stdout, err: stderr, status }
}

describe('a JavaScript heap of 40 MB', { timeout: 180_000 }, () => {
  const line = 'the JavaScript heap may grow to 88 MB, 112 MB are needed'

  test.each(['report x', 'inspect x', 'laws -- cat', 'native'])('%s says so in one line, and begins nothing', asked => {
    const { out, err, status } = sh(`"$NODE" --max-old-space-size=40 ${command} ${asked}`)
    expect([out, status]).toEqual(['', 3])
    expect(err).toBe(
      `kinograd: ${line}. Start Node with more, or leave --max-old-space-size away (also in NODE_OPTIONS).\n`,
    )
  })

  test('help is help; doctor has it among its findings', () => {
    expect(sh(`"$NODE" --max-old-space-size=40 ${command} --help`)).toMatchObject({ err: '', status: 0 })
    const { out, status } = sh(`"$NODE" --max-old-space-size=40 ${command} doctor`, { KINOGRAD_NATIVE: 'off' })
    expect(out).toMatch(new RegExp(`^MISSING  memory .*${line}$`, 'm'))
    expect(status).toBe(3)
  })

  test('what V8 gives with 64 MB is enough', () => {
    expect(E.isRight(enoughHeap(112 * 2 ** 20))).toBe(true)
    expect(enoughHeap(112 * 2 ** 20 - 1)).toMatchObject({ left: { _tag: 'NoMemory' } })
  })
})

describe.skipIf(process.platform !== 'linux')('2 GB of address space', { timeout: 180_000 }, () => {
  const select = `ulimit -v 2097152; "$NODE" --input-type=module -e "
import { selectBackend } from '${path('dist/engine/tfjs/backend/select.js')}'
console.log(JSON.stringify(await selectBackend({ backend: 'wasm' })()))"`

  test('WebAssembly says what it wants, in one line and nothing else', () => {
    const { out, err } = sh(select)
    expect(err).toBe('')
    expect(JSON.parse(out)).toMatchObject({
      left: {
        _tag: 'NoBackend',
        cause: expect.stringMatching(
          /reserves about 10 GB of address space, and this process may use 2\.1 GB \(ulimit -v\)/,
        ),
        remedy: expect.stringContaining('--disable-wasm-trap-handler'),
      },
    })
  })

  test('what the remedy says is so', () => {
    const { out } = sh(select, { NODE_OPTIONS: '--disable-wasm-trap-handler' })
    expect(JSON.parse(out)).toMatchObject({ right: { name: 'wasm' } })
  })

  test('doctor names it', () => {
    expect(sh(`ulimit -v 2097152; "$NODE" ${command} doctor`).out).toMatch(/slow +memory +2\.1 GB of address space/)
    expect(memoryFindings(undefined)).toEqual([])
    expect(memoryFindings(8e9)).toEqual([])
  })
})

test('doctor says licences in a line each, and once where to read on', () => {
  const found = licenceFindings([
    { by: 'node-av', holds: 'FFmpeg 8', licence: 'GPL-3.0-or-later', gpl: ['libx264'], nonfree: ['libfdk-aac'] },
    { by: 'sharp', holds: 'libvips 8', licence: 'LGPL-3.0-or-later', gpl: [], nonfree: [] },
  ])
  expect(found.map(({ says }) => says)).toEqual([
    "node-av: FFmpeg 8, GPL-3.0-or-later (libx264); with libfdk-aac, nonfree by FFmpeg's own rules",
    'sharp: libvips 8, LGPL-3.0-or-later',
  ])
  expect(found.map(({ todo }) => todo?.includes('docs/licences.md'))).toEqual([undefined, true])
})
