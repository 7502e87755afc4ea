import { fileURLToPath } from 'node:url'
import { orThrow } from 'kinograd/flow'
import { loadConfig, recipeOfConfig } from 'kinograd/recipe'
import { expect, test } from 'vitest'
import { mainJob } from '../../../examples/videop2r/job.ts'
import { presets } from '../../../examples/videop2r/presets.ts'

const micro = fileURLToPath(new URL('../../../examples/videop2r/micro.yaml', import.meta.url))
const here = { directory: 'runs/none', seed: 0, backend: 'wasm' } as const

test('micro.yaml is the main job with the preset default: flags and a configuration run the same', async () => {
  const { recipe } = orThrow(await mainJob({ ...here, preset: presets.default })())
  // The sources of the module stand in for what the compiler makes of them.
  const module = { path: ['module', 'file'], value: './module.ts', text: 'module.file=./module.ts' }
  const config = orThrow(await loadConfig(micro, { cwd: '.', overrides: [module] })())
  const plain = orThrow(await recipeOfConfig(config, { directory: here.directory })())
  const { backend, ...settings } = Object(recipe.settings.config)
  expect(backend).toBe('wasm')
  expect(settings).toEqual(Object(plain.recipe.settings.config))
})

test.each(Object.values(presets))('the preset $name says every number of its own', async preset => {
  const { recipe } = orThrow(await mainJob({ ...here, preset, tolerate: 0.2 })())
  const { sft, rl, groundwork, data, evaluation, tolerate } = recipe
  expect([recipe.preset, tolerate, sft?.steps, sft?.batch]).toEqual([
    preset.name,
    0.2,
    preset.sft.steps,
    preset.sft.batch,
  ])
  expect(sft?.rate(49)).toBeCloseTo(preset.sft.rate, 12)
  expect([rl?.updates, rl?.prompts, rl?.sampling.count, rl?.watch?.every, rl?.seeds]).toEqual([
    ...[preset.rl.updates, preset.rl.prompts, preset.rl.completions, preset.rl.every, preset.rl.seeds],
  ])
  expect(evaluation?.again !== undefined).toBe(preset.again)
  expect(Object.fromEntries(rl?.arms.map(({ name, rate }) => [name, rate]) ?? [])).toEqual(preset.rl.rates)
  expect(rl?.arms.map(({ title, constantGroups }) => [title, constantGroups])).toEqual([
    ['GRPO', 'frac_reward_zero_std/reasoning'],
    ['sum', 'frac_reward_zero_std'],
    ['PA-GRPO', 'frac_reward_zero_std/pa_grpo'],
  ])
  expect(groundwork?.does).toContain(`${preset.world['train-sft'].clips + preset.world.test.clips} and more clips`)
  expect([data, evaluation].every(phase => phase !== undefined)).toBe(true)
})

test('an arm that is evaluated by its name is evaluated in all of its runs', async () => {
  const module = { path: ['module', 'file'], value: './module.ts', text: 'module.file=./module.ts' }
  const of = { path: ['evaluation', 'of'], value: ['sft', 'paGrpo'], text: 'evaluation.of=[sft, paGrpo]' }
  const config = orThrow(await loadConfig(micro, { cwd: '.', overrides: [module, of] })())
  const { recipe } = orThrow(await recipeOfConfig(config, { directory: here.directory })())
  expect(recipe.evaluation?.policies?.map(([name]) => name)).toEqual([
    'sft',
    ...[1, 2, 3].map(run => `paGrpo-run-${run}`),
  ])
})
