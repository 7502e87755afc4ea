import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { either as E, function as F, taskEither as TE } from 'fp-ts'
import type { Engine, Prompt, TrainGroup } from 'kinograd/engine'
import { selectBackend } from 'kinograd/engine/tfjs'
import { tinkerEngine } from 'kinograd/engine/tinker'
import { performRecipe, type Recipe, type RecipePolicy } from 'kinograd/recipe'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { mainJob } from '../../examples/videop2r/job.ts'
import { presets } from '../../examples/videop2r/presets.ts'
import { right } from './either.ts'
import { kinogradServe } from './serving.ts'

/*
 * The main job's arm of PA-GRPO from one checkpoint twice, clips included: in this process, and through `kinograd serve` in another over
 * loopback. Part of `npm run test:long`, as a policy whose rewards differ takes a minute to learn. `same.test.ts` has the small form.
 */

const long = Number(process.env.KINOGRAD_FUZZ_RUNS ?? 0) > 0

const preset = {
  ...presets.quick,
  world: {
    'train-sft': { clips: 200, questions: 6 },
    'train-rl': { clips: 24, questions: 1, other: 0.4 },
    dev: { clips: 1, questions: 1 },
    test: { clips: 1, questions: 1 },
  },
  sft: { steps: 160, batch: 16, rate: 2e-3 },
  rl: { ...presets.quick.rl, updates: 6, prompts: 4, completions: 8 },
}
/** As the main job's own (examples/videop2r/policy.ts). */
const optimiser = { beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0, clip: 1 }

type MainRecipe = Recipe<string, string>
type Row = Readonly<Record<string, unknown>>

let root = ''
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'arm-'))
})
afterAll(() => rm(root, { recursive: true, force: true }))

/** That arm alone, with every rollout written down. */
const armAlone = ({ evaluation: _, bytes: _b, rl, ...rest }: MainRecipe): MainRecipe => {
  if (rl === undefined) throw new Error('the main job has no reinforcement')
  const { watch: _w, ...alone } = rl
  return { ...rest, rl: { ...alone, arms: rl.arms.filter(({ name }) => name === 'paGrpo'), keptGroups: 1000 } }
}

/** The same arm from the checkpoint that a server has. */
const armThere = ({ groundwork: _, data: _d, sft: _s, policy, ...rest }: MainRecipe, url: string): MainRecipe => ({
  ...rest,
  directory: join(root, 'there'),
  policy: F.pipe(
    policy,
    TE.map((own): RecipePolicy => ({ ...own, open: () => tinkerEngine({ url, rank: 0, optimiser }) })),
  ),
})

const fixed = (prompts: readonly Prompt[]): readonly TrainGroup[] =>
  prompts.map((prompt, p) => ({
    prompt,
    completions: [0, 1, 2].map(c => Int32Array.from({ length: 12 }, (_, t) => 8 + ((7 * t + 5 * c + 3 * p) % 60))),
  }))

/** Scores fixed sequences about two clips when the policy that has learned is written down: its first two where none are given. */
const scoring = (recipe: MainRecipe, given: readonly Prompt[] = []) => {
  const prompts: Prompt[] = [...given]
  const scored: (readonly Float64Array[])[] = []
  const save = (engine: Engine, folder: string) =>
    F.pipe(
      engine.logprobs(fixed(prompts)),
      TE.flatMap(rows => {
        scored.push(rows)
        return engine.save(folder)
      }),
    )
  const watched: MainRecipe = {
    ...recipe,
    policy: F.pipe(
      recipe.policy,
      TE.map(own => ({
        ...own,
        save,
        prompt: (item: Parameters<RecipePolicy['prompt']>[0]) =>
          F.pipe(
            own.prompt(item),
            E.map(made => {
              if (prompts.length < 2) prompts.push(made)
              return made
            }),
          ),
      })),
    ),
  }
  return { recipe: watched, final: () => scored.at(-1)!, prompts }
}

const linesOf = async (run: string, file: string): Promise<readonly Row[]> => {
  const text = await readFile(join(root, run, file), 'utf8')
  const rows: readonly Row[] = text
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
  return rows.filter(({ phase }) => phase === 'PA-GRPO')
}

/** The largest difference between numbers in the same places of two values; texts and shapes must be equal. */
const apart = (a: unknown, b: unknown): number => {
  if (typeof a === 'number' && typeof b === 'number')
    return Object.is(a, b) ? 0 : Math.abs(a - b) / Math.max(1, Math.abs(a))
  if (typeof a === 'object' && typeof b === 'object' && a !== null && b !== null) {
    const [x, y] = [Object.entries(a), Object.entries(b)]
    expect(x.map(([key]) => key)).toEqual(y.map(([key]) => key))
    return Math.max(0, ...x.map(([, value], i) => apart(value, y[i]![1])))
  }
  expect(b).toEqual(a)
  return 0
}

const perform = async (recipe: MainRecipe, backend: 'native' | 'wasm' | 'cpu'): Promise<void> =>
  void right(await performRecipe(recipe, { resume: false, backend, signal: new AbortController().signal })())

test.runIf(long)(
  'the arm of PA-GRPO through kinograd serve is the one in process',
  { timeout: 1_800_000 },
  async () => {
    const { name: backend } = right(await selectBackend()())
    const job = right(await mainJob({ directory: join(root, 'here'), preset, seed: 0, backend })())
    const here = scoring(armAlone(job.recipe))
    await perform(here.recipe, backend)
    const checkpoint = join(root, 'here', 'checkpoints', 'sft')
    const server = await kinogradServe('--checkpoint', checkpoint, '--state', join(root, 'state'), '--backend', backend)
    const there = scoring(armThere(armAlone(job.recipe), server.address), here.prompts)
    await perform(there.recipe, backend)
    await server.kill('SIGTERM')

    const updates = await linesOf('here', 'metrics.jsonl')
    expect(updates.length).toBe(preset.rl.updates)
    const values = (rows: readonly Row[]) => rows.map(row => row.values)
    const metrics = apart(values(updates), values(await linesOf('there', 'metrics.jsonl')))
    const rollouts = await linesOf('here', 'rollouts.jsonl')
    expect(rollouts.length).toBe(preset.rl.updates * preset.rl.prompts * preset.rl.completions)
    // Rewards that do not differ would teach nothing, and show nothing.
    expect(new Set(rollouts.map(({ rewards }) => JSON.stringify(rewards))).size).toBeGreaterThan(2)
    const rewards = apart(rollouts, await linesOf('there', 'rollouts.jsonl'))
    expect(here.prompts[0]?.media.length).toBe(1)
    const logprobs = apart(
      here.final().map(row => [...row]),
      there.final().map(row => [...row]),
    )
    console.log(
      `largest differences: metrics ${metrics}, rollouts, rewards, advantages ${rewards}, logprobs ${logprobs}`,
    )
    expect(Math.max(metrics, rewards, logprobs)).toBeLessThan(1e-5)
  },
)
