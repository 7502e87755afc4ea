import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { either as E, taskEither as TE } from 'fp-ts'
import { selectBackend } from 'kinograd/engine/tfjs'
import { fault, orThrow } from 'kinograd/flow'
import { type Decoder, nodeAv } from 'kinograd/media'
import { performRecipe } from 'kinograd/recipe'
import { exitCodeOf } from 'kinograd/run'
import { sufficiencyReward } from 'kinograd/stages'
import { judge, type Teacher } from 'kinograd/teacher'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type MainRecipe, mainJob } from '../../../examples/videop2r/job.ts'
import type { Preset } from '../../../examples/videop2r/presets.ts'
import { tiny } from './tiny-job.ts'

/** Whole phases at a size of seconds belong to the long suite. */
const long = Number(process.env.KINOGRAD_FUZZ_RUNS ?? 100) >= 1000

const preset: Preset = {
  ...tiny,
  world: {
    'train-sft': { clips: 60, questions: 3 },
    'train-rl': { clips: 12, questions: 1 },
    dev: { clips: 4, questions: 1 },
    test: { clips: 4, questions: 1 },
  },
  sft: { steps: 80, batch: 4, rate: 2e-3 },
  rl: { ...tiny.rl, updates: 4, completions: 4, every: 4 },
}

/** A decoder that cannot read every tenth clip, always the same ones. */
const failing = (decoder: Decoder): Decoder => ({
  ...decoder,
  probe: (path, signal) =>
    [...path].reduce((sum, c) => (sum * 31 + c.charCodeAt(0)) % 9973, 7) % 10 === 0
      ? TE.left(fault('Undecodable', `${path} cannot be decoded`, 'Fetch it again.'))
      : decoder.probe(path, signal),
})

const usage = { inputTokens: 1, outputTokens: 1 }
/** A judge's server of which one answer in three does not come and one in ten hangs. */
const shakyJudge = () => {
  let asked = 0
  const teacher: Teacher = {
    name: 'shaky',
    ask: (_, signal) => {
      const nth = asked++
      if (nth % 10 === 4)
        return () =>
          new Promise(resolve =>
            signal.addEventListener('abort', () => resolve(E.left(fault('Cancelled', 'shaky: cancelled', '')))),
          )
      return nth % 3 === 0
        ? TE.left(fault('Unreachable', 'shaky: connection refused', 'Start it.'))
        : TE.right({ text: `<judgement>${nth % 2 === 0 ? 'Yes' : 'No'}</judgement>`, usage })
    },
  }
  return { judge: judge(teacher, { timeoutMs: 200 }), asked: () => asked }
}

describe.skipIf(!long)('whole phases under faults (skipped: not the long suite)', { timeout: 600_000 }, () => {
  let root = ''
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'kinograd-whole-'))
    orThrow(await selectBackend({})())
  })
  afterAll(() => rm(root, { recursive: true, force: true }))
  const { signal } = new AbortController()
  /** The main job up to SFT, with a decoder that fails, and all of it. */
  const recipesIn = async (name: string, tolerate?: number) => {
    const where = { directory: join(root, name), preset, seed: 1, backend: 'native' } as const
    const { recipe } = orThrow(await mainJob({ ...where, ...(tolerate === undefined ? {} : { tolerate }) })())
    const whole = { ...recipe, media: { ...recipe.media, decoder: failing(nodeAv()) } }
    const { rl: _, evaluation: _e, ...upToSft } = whole
    return { whole, upToSft }
  }
  const performed = (recipe: MainRecipe['recipe']) => performRecipe(recipe, { resume: true, backend: 'any', signal })()
  const rows = async (name: string, log: string): Promise<readonly Record<string, unknown>[]> =>
    (await readFile(join(root, name, log), 'utf8').catch(() => ''))
      .split('\n')
      .filter(line => line !== '')
      .map(line => JSON.parse(line))

  test('a decoder that fails at one clip in ten ends the run with 5 at the usual tolerance', async () => {
    const ended = await performed((await recipesIn('strict')).upToSft)
    expect(ended).toMatchObject({ left: { _tag: 'TooManyFailures' } })
    expect(E.isLeft(ended) && exitCodeOf(ended.left)).toBe(5)
  })

  test('and with more tolerance each record is annotated or a failure; with a shaky judge RL goes on', async () => {
    const { upToSft, whole } = await recipesIn('patient', 0.4)
    const { retention } = orThrow(await performed(upToSft))
    const { annotated, sufficient } = retention ?? expect.fail('nothing was annotated')
    const chains = await rows('patient', 'cot.jsonl')
    const lost = (await rows('patient', 'failures.jsonl')).filter(row => row.phase === 'CoT data')
    const undecodable = lost.filter(({ tag }) => tag === 'Undecodable')
    expect(undecodable.length).toBeGreaterThan(0)
    expect(annotated + undecodable.length).toBe(180)
    expect(chains.length).toBe(sufficient)
    const { judge: shaky, asked } = shakyJudge()
    const { evaluation: _, ...reinforced } = whole
    const rl = whole.rl ?? expect.fail('the main job reinforces')
    const perception = sufficiencyReward(shaky, ({ processes }) => processes.perception?.observation ?? null)
    const rewards = { ...rl.rewards, accuracy: { ...rl.rewards.accuracy, perception } }
    const arms = rl.arms.filter(({ name }) => name === 'paGrpo').map(arm => ({ ...arm, rate: 1e-4, seed: 2 }))
    const summary = orThrow(await performed({ ...reinforced, rl: { ...rl, rewards, arms } }))
    expect(summary.runs.paGrpo).toMatchObject({ updates: 4 })
    const metrics = (await rows('patient', 'metrics.jsonl')).filter(row => row.phase === 'PA-GRPO')
    expect(metrics.length).toBe(4)
    expect(asked()).toBeGreaterThan(8)
    const unscored = metrics.map(({ values }) => (values as Record<string, number>)['unscored/perception'] ?? 0)
    expect(Math.max(...unscored)).toBeGreaterThan(0)
    expect(Math.min(...unscored)).toBeLessThan(1)
  })
})
