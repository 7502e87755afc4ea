import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { colourAt, drawBars, readBars } from '../../bench/conformance/media/bars.ts'
import { allCases } from '../../bench/conformance/media/cases.ts'
import { checkFile, expectedIn } from '../../bench/conformance/media/check.ts'
import { decoderKinds } from '../../bench/conformance/media/decoders.ts'
import { writeCases } from '../../bench/conformance/media/generate.ts'
import { small, smallOnProgram } from '../../bench/conformance/media/small.ts'

const long = process.env.KINOGRAD_FUZZ_RUNS !== undefined
const cases = long ? allCases : small(allCases)
const folder = mkdtempSync(join(tmpdir(), 'kinograd-cases-'))
const kinds = await decoderKinds()
if (kinds.length === 1) console.warn('no ffmpeg program here: the cases are tried on node-av alone')
beforeAll(() => writeCases(folder, cases), 300_000)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('bars say every number at every size, also small ones and such as ten does not divide', () => {
  for (const [width, height] of [
    [160, 96],
    [96, 160],
    [56, 56],
    [40, 8],
  ] as const)
    for (let number = 0; number < 1024; number += 7)
      expect(readBars(drawBars(number, width, height), width, height)).toBe(number)
  expect(colourAt(1, 0, 0, 160, 96)).toEqual([220, 220, 220])
})

test('each case has a name and a reason of its own', () => {
  expect(new Set(allCases.map(({ name }) => name)).size).toBe(allCases.length)
  expect(allCases.filter(({ why }) => why.length < 5)).toEqual([])
  expect(allCases.length).toBeGreaterThan(200)
})

describe.each(kinds)('$name', kind => {
  const tried = kind.name === 'ffmpeg' && !long ? smallOnProgram(cases) : cases
  test.each(tried)('$name: $why', async ({ name, right }) => {
    expect(await checkFile(kind, join(folder, name), right)).toEqual([])
  })

  const reports = fileURLToPath(new URL('../../../shared/cases/media', import.meta.url))
  test.skipIf(!existsSync(reports) || (kind.name === 'ffmpeg' && !long))(
    'files of public reports (skipped where ../shared is absent)',
    async () => {
      const wrong: string[] = []
      for (const [name, right] of await expectedIn(reports))
        for (const difference of await checkFile(kind, join(reports, name), right)) wrong.push(`${name}: ${difference}`)
      expect(wrong).toEqual([])
    },
  )
})
