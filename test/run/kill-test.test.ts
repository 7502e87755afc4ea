import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { differing } from '../../bench/kill-test/compare.ts'

const main = fileURLToPath(new URL('../../build/bench/kill-test.js', import.meta.url))
/** Hours of kills are for the long suite. */
const long = Number(process.env.KINOGRAD_FUZZ_RUNS ?? 100) >= 1000

/** Runs the kill test; resolves to its exit code and its last line. */
const killTest = (args: readonly string[]): Promise<{ readonly code: number | string; readonly told: unknown }> =>
  new Promise(resolve =>
    execFile(process.execPath, [main, ...args], { timeout: 3_000_000 }, (error, stdout) =>
      resolve({ code: error?.code ?? 0, told: JSON.parse(stdout.trim().split('\n').at(-1) || 'null') }),
    ),
  )

describe.skipIf(!existsSync(main) || !long)('kills (skipped: not built, or not the long suite)', () => {
  test.each([
    ['3 of the small job', 3, ['--kills', '3', '--size', 'tiny', '--seed', '3']],
    ['40 of the preset quick', 40, ['--kills', '40', '--seed', '1']],
  ])('%s change no bit', { timeout: 3_100_000 }, async (_, kills, args) => {
    const { code, told } = await killTest(args)
    expect(told).toMatchObject({ kills, resumed: kills, equal: kills })
    expect(code).toBe(0)
  })
})

describe('two runs', () => {
  const at = (name: string): string => fileURLToPath(new URL(`compared/${name}`, import.meta.url))

  test('that are not alike are told apart by their files', () => {
    expect(differing(at('one'), at('one'))).toEqual([])
    expect(differing(at('one'), at('other'))).toEqual(['metrics.jsonl', 'outputs.jsonl', 'checkpoints/sft/weights.bin'])
  })
})
