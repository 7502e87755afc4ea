import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { checkFile } from '../../bench/conformance/media/check.ts'
import { decoderKinds, programHere } from '../../bench/conformance/media/decoders.ts'
import { corpus } from '../../bench/conformance/media/fuzz/corpus.ts'
import { mutated } from '../../bench/conformance/media/fuzz/mutate.ts'
import { fuzz } from '../../bench/conformance/media/fuzz/run.ts'

/**
 * Mutated files of all containers, decoded in children: no crash, no hang, nothing thrown, no descriptor or child left.
 * Ten files a run of KINOGRAD_FUZZ_RUNS: 10,000 in the long suite.
 */

const runs = Number(process.env.KINOGRAD_FUZZ_RUNS ?? 0)
const files = runs > 0 ? runs * 10 : 400
/** A child of the program takes a tenth of a second, and a file needs up to five. */
const onProgram = runs > 0 ? files : 8
const folder = mkdtempSync(join(tmpdir(), 'kinograd-corpus-'))
const scratch = mkdtempSync(join(tmpdir(), 'kinograd-children-'))
const worker = fileURLToPath(new URL('../../build/bench/conformance/media/fuzz/worker.js', import.meta.url))
const program = await programHere()
const hour = 3_600_000

const whole = corpus.map(({ name, make }) => [name, make()] as const)
beforeAll(() => {
  for (const [name, bytes] of whole) writeFileSync(join(folder, name), bytes)
})
afterAll(() => {
  for (const path of [folder, scratch]) rmSync(path, { recursive: true, force: true })
})

test('the files that are mutated are whole', async () => {
  const [kind] = await decoderKinds()
  for (const { name, right } of corpus) expect(await checkFile(kind!, join(folder, name), right), name).toEqual([])
})

test('a seed gives the same bytes again, another seed others, and most differ from the whole file', () => {
  const some = Array.from({ length: 100 }, (_, seed) => mutated(whole, seed))
  for (const [seed, { bytes }] of some.entries()) expect(Buffer.compare(bytes, mutated(whole, seed).bytes)).toBe(0)
  expect(new Set(some.map(({ bytes }) => bytes.toString('latin1'))).size).toBeGreaterThan(90)
  expect(new Set(some.flatMap(({ kinds }) => kinds)).size).toBe(8)
})

describe('children', () => {
  const badly = (name: string, body: string): string => {
    const path = join(scratch, `${name}.mjs`)
    writeFileSync(
      path,
      `const [, from, to] = process.argv.slice(2).map(Number)
      for (let seed = from; seed < to; seed++) { console.log('> ' + seed); if (seed === 3) { ${body} } }
      console.log('. 0 0')`,
    )
    return path
  }
  test('that crash are told with their seed, and another goes on behind it', async () => {
    const crashing = badly(
      'crashes',
      "process.kill(process.pid, 'SIGSEGV'); await new Promise(() => setTimeout(() => 0, 60_000))",
    )
    expect(await fuzz({ folder, from: 0, to: 6, worker: crashing })).toEqual([
      expect.stringMatching(/^seed 3: the process ended with SIGSEGV/),
    ])
  })
  test('that hang are ended and told', async () => {
    const hanging = badly('hangs', 'await new Promise(() => setTimeout(() => 0, 60_000))')
    expect(await fuzz({ folder, from: 2, to: 6, worker: hanging, patience: 2000 })).toEqual([
      expect.stringMatching(/^seed 3: the process hung/),
    ])
  })
  test('that leave descriptors and children say so', async () => {
    const path = join(scratch, 'leaves.mjs')
    writeFileSync(path, "console.log('> 0'); console.log('. 2 1')")
    expect(await fuzz({ folder, from: 0, to: 1, worker: path })).toEqual([
      'seeds 0 to 1: 2 descriptors are left open',
      'seeds 0 to 1: 1 children are left',
    ])
  })
  test('are compiled', () => {
    expect(existsSync(worker), 'npm run build compiles the worker').toBe(true)
  })
  test(
    `decode ${files} broken files in process`,
    async () => {
      expect(await fuzz({ folder, from: 0, to: files, worker })).toEqual([])
    },
    hour,
  )
  test.skipIf(program === undefined)(
    `decode ${onProgram} broken files by the ffmpeg program`,
    async () => {
      expect(await fuzz({ folder, from: 0, to: onProgram, program, worker })).toEqual([])
    },
    3 * hour,
  )
})
