import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { either as E, function as F, taskEither as TE } from 'fp-ts'
import { selectBackend } from 'kinograd/engine/tfjs'
import { encodeVideo } from 'kinograd/media'
import { performRecipe, type RunSummary } from 'kinograd/recipe'
import { openRun } from 'kinograd/run'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { mainJob } from '../../../examples/videop2r/job.ts'
import { videop2rSummary } from '../../../examples/videop2r/summary.ts'
import { createWorld } from '../../../examples/videop2r/world/index.ts'
import { tiny } from './tiny-job.ts'

let root = ''
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'kinograd-job-'))
  await selectBackend({ backend: 'wasm' })()
}, 180_000)
afterAll(() => rm(root, { recursive: true }))

const right = <A>(given: E.Either<unknown, A>): A => {
  if (E.isLeft(given)) throw new Error(JSON.stringify(given.left))
  return given.right
}

/** With so many chains that three of them are less than the share that may fail. */
const larger: typeof tiny = { ...tiny, world: { ...tiny.world, 'train-sft': { clips: 40, questions: 2 } } }

const recipeIn = (directory: string, preset = tiny) =>
  F.pipe(
    mainJob({ directory, preset, seed: 5, backend: 'wasm' }),
    TE.map(({ recipe }) => recipe),
  )

const job = (
  directory: string,
  { signal = new AbortController().signal, preset = tiny } = {},
): Promise<E.Either<unknown, RunSummary>> =>
  F.pipe(
    recipeIn(directory, preset),
    TE.flatMap(recipe => performRecipe(recipe, { resume: true, backend: 'wasm', signal })),
  )()

const timeless = ({ seconds: _, runs, ...rest }: RunSummary): unknown => ({
  ...rest,
  runs: Object.fromEntries(
    Object.entries(runs).map(([name, { secondsPerUpdate: _s, tokensPerSecond: _t, ...arm }]) => [name, arm]),
  ),
})

const lines = async (path: string): Promise<Record<string, unknown>[]> =>
  (await readFile(path, 'utf8').catch(() => ''))
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line))

describe('the main job at a tiny size, on WebAssembly', () => {
  let first: RunSummary
  test('ends with a summary that its codec reads', { timeout: 240_000 }, async () => {
    first = right(await job(join(root, 'one')))
    const written = JSON.parse(await readFile(join(root, 'one', 'summary.json'), 'utf8'))
    expect(E.isRight(videop2rSummary.decode(written))).toBe(true)
    expect(Object.keys(first.policies)).toEqual(['base', 'sft', 'grpo', 'sum', 'paGrpo'])
    for (const policy of Object.values(first.policies)) expect(policy.evaluated).toBe(5)
    for (const arm of Object.values(first.runs)) {
      expect(arm.updates).toBe(2)
      expect(arm.curve.map(({ update }) => update)).toEqual([0, 1, 2])
    }
    expect(await lines(join(root, 'one', 'failures.jsonl'))).toEqual([])
  })

  test('the same seed gives the same summary but for seconds', { timeout: 240_000 }, async () => {
    expect(timeless(right(await job(join(root, 'two'))))).toEqual(timeless(first))
  })

  test('a finished run that is resumed runs nothing again', async () => {
    const before = await readFile(join(root, 'one', 'metrics.jsonl'), 'utf8')
    expect(right(await job(join(root, 'one')))).toEqual(first)
    expect(await readFile(join(root, 'one', 'metrics.jsonl'), 'utf8')).toBe(before)
  })

  test('a record without a field and a clip cut off are failures with their cause; the job ends', {
    timeout: 240_000,
  }, async () => {
    const directory = join(root, 'damaged')
    const { settings } = right(await recipeIn(directory, larger)())
    await right(await openRun({ directory, config: settings, resume: false })()).close()
    const world = right(
      await createWorld({ seed: 5, directory: join(directory, 'world'), sizes: larger.world, encode: encodeVideo })(),
    )
    const file = world.records['train-sft']
    const records = JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>[]
    const { problem: _, ...rest } = records[0] as Record<string, unknown>
    await writeFile(file, JSON.stringify([rest, ...records.slice(1)]))
    const clips = join(directory, 'world', 'clips', 'train-sft')
    const broken = (await readdir(clips)).sort()[7] as string
    await truncate(join(clips, broken), 700)
    const summary = right(await job(directory, { preset: larger }))
    const failures = (await lines(join(directory, 'failures.jsonl'))).filter(({ phase }) => phase === 'CoT data')
    expect(JSON.stringify(failures)).toMatch(/problem/)
    const cut = failures.filter(({ cause }) => String(cause).includes(broken))
    expect(cut).toHaveLength(2)
    expect(cut.map(({ stage }) => stage)).toEqual(['decode', 'decode'])
    expect(failures.some(({ stage }) => stage === 'read')).toBe(true)
    expect(summary.retention?.annotated).toBeLessThanOrEqual(40 * 2 - 3)
    const chains = await lines(join(directory, 'cot.jsonl'))
    expect(chains.some(({ path }) => String(path).endsWith(`train-sft/${broken}`))).toBe(false)
  })

  test('an aborted signal ends the job as Cancelled', async () => {
    expect(await job(join(root, 'aborted'), { signal: AbortSignal.abort() })).toMatchObject(
      E.left({ _tag: 'Cancelled' }),
    )
  })
})
