import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { either as E } from 'fp-ts'
import { readConfig, readWeights, selectBackend, writeWeights } from 'kinograd/engine/tfjs'
import { orThrow } from 'kinograd/flow'
import { loadConfig, planConfig, readOverride, roomForConfig } from 'kinograd/recipe'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runCommand } from '../../../src/cli/run/command.ts'
import { kinogradHere } from './command-here.ts'
import { writeOwnFolder } from './own-folder.ts'

/** Whether a run has room is asked before its weights are read. */

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'room-'))
  await writeOwnFolder(folder)
}, 120_000)
afterAll(() => rm(folder, { recursive: true, force: true }))

const asked = async (available: number, ...sets: readonly string[]) => {
  const overrides = sets.map(text => orThrow(readOverride(text)))
  const config = orThrow(await loadConfig('own.yaml', { cwd: folder, overrides })())
  return roomForConfig(config, available)()
}

/** Bytes that an update takes for which there is no room. */
const bytesOf = (refused: Awaited<ReturnType<typeof asked>>): number =>
  1e9 * Number(/takes ([\d.]+) GB/.exec(E.isLeft(refused) ? refused.left.cause : '')?.[1])

/** Gigabytes that the weights of a run take. */
const loads = async (...sets: readonly string[]): Promise<number> => {
  const refused = await asked(1, 'policy.adapter.rank=4', ...sets)
  if (E.isRight(refused)) throw new Error('one byte is enough')
  return Number(/load ([\d.]+) GB/.exec(refused.left.cause)?.[1])
}

test('a run that has room goes on; one that has none is told of its phase, its bytes, and what would be enough', async () => {
  expect(await asked(1e12)).toEqual(E.right(undefined))
  const [tuned, many] = [await asked(1e6), 'rl.completions=64'] as const
  // Enough for fine-tuning.
  const least = Number(/takes ([\d.]+) GB/.exec(E.isLeft(tuned) ? tuned.left.cause : '')?.[1])
  const reinforced = await asked(1.05e9 * least, many)
  expect(tuned).toMatchObject(
    E.left({
      _tag: 'NoRoom',
      cause: expect.stringMatching(/^SFT: the update takes [\d.]+ GB, and there are 0.001 GB: /),
    }),
  )
  expect(reinforced).toMatchObject(
    E.left({
      _tag: 'NoRoom',
      cause: expect.stringMatching(/^PA-GRPO: /),
      remedy: expect.stringMatching(/checkpointing: true/),
    }),
  )
})

test('runs of arms at once take as many shares', async () => {
  const two = ['rl.completions=64', 'rl.seeds=2', 'rl.atOnce=2'] as const
  const one = two.slice(0, 2)
  // Enough for fine-tuning, but not for reinforcement.
  const least = bytesOf(await asked(1.05 * bytesOf(await asked(1, ...one)), ...one))
  expect(await asked(1.9 * least, ...two)).toMatchObject(
    E.left({
      cause: expect.stringMatching(/^PA-GRPO, run 1, 2 at once: .* for each$/),
      remedy: expect.stringMatching(/^Set rl\.atOnce to 1\. /),
    }),
  )
  expect(await asked(1.9 * least, ...one)).toEqual(E.right(undefined))
})

test('policies that are tested at once take shares too, where arms do not take as many', async () => {
  const many = ['rl.completions=64', 'evaluation.atOnce=2000'] as const
  // Enough for fine-tuning and reinforcement.
  const enough = 1.05 * bytesOf(await asked(1.05 * bytesOf(await asked(1, ...many)), ...many))
  expect(await asked(enough, ...many)).toEqual(E.right(undefined))
  expect(await asked(enough, ...many, 'evaluation.policiesAtOnce=3')).toMatchObject(
    E.left({
      _tag: 'NoRoom',
      cause: expect.stringMatching(
        /^evaluation, 3 policies at once: asking takes [\d.]+ GB, and there are .* for each$/,
      ),
      remedy: expect.stringMatching(/^Set evaluation\.policiesAtOnce to 1/),
    }),
  )
})

test('weights count as they are kept: as the files have them, or as the configuration says', async () => {
  const floats = await loads()
  expect(await loads('policy.storage=bfloat16')).toBeLessThan(0.6 * floats)
  orThrow(await selectBackend({ backend: 'wasm' })())
  const checkpoint = join(folder, 'checkpoint')
  const config = orThrow(await readConfig(checkpoint)())
  const { parameters } = orThrow(await readWeights(checkpoint, config)())
  orThrow(await writeWeights(checkpoint, config, parameters, { dtype: 'BF16' })())
  for (const tensor of parameters.values()) tensor.dispose()
  const halves = await loads()
  expect(halves).toBeLessThan(0.6 * floats)
  expect(await loads('policy.storage=float32')).toBe(floats)
  expect(await loads('policy.storage=int8')).not.toBe(halves)
})

test('the command refuses with exit code 3, and leaves no folder', async () => {
  const vast = ['rl.completions=128', 'rl.sampling.maxTokens=1000']
  const command = kinogradHere(runCommand)
  const ended = await command(['run', 'own.yaml', '--out', 'out', ...vast.flatMap(set => ['--set', set])], folder)
  expect([ended.code, ended.err]).toEqual([
    3,
    expect.stringMatching(/^kinograd: PA-GRPO: the update takes [\d.]+ GB, and there are /),
  ])
  expect(existsSync(join(folder, 'out'))).toBe(false)
}, 240_000)

test('the plan counts weights as they are kept, and parameters as they are', async () => {
  const noted = async (storage: string): Promise<readonly string[]> => {
    const overrides = [`policy.storage=${storage}`, 'policy.adapter.rank=4'].map(text => orThrow(readOverride(text)))
    const config = orThrow(await loadConfig('own.yaml', { cwd: folder, overrides })())
    return orThrow(await planConfig(config, 'wasm')()).notes.filter(note => note.startsWith('policy:'))
  }
  const [floats = '', bytes = ''] = [...(await noted('float32')), ...(await noted('int8'))]
  const parsed = (note: string) => /^policy: ([\d.]+) million parameters, (\d+) MB in memory( as int8)?$/.exec(note)
  expect(parsed(bytes)?.[1]).toBe(parsed(floats)?.[1])
  expect(Number(parsed(bytes)?.[2])).toBeLessThan(0.6 * Number(parsed(floats)?.[2]))
  expect(parsed(bytes)?.[3]).toBe(' as int8')
})
