import { existsSync } from 'node:fs'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { function as F, taskEither as TE } from 'fp-ts'
import type { Fault } from 'kinograd/flow'
import { loadConfig, type Override, type Recipe, recipeOfConfig } from 'kinograd/recipe'
import type { Preset } from './presets.ts'
import type { TeacherKind } from './teacher.ts'

/** What one main job is: its numbers, and where it happens. */
export interface MainJob {
  readonly directory: string
  readonly preset: Preset
  readonly seed: number
  /** Name of the tensor backend: what a run begins on it goes on on. */
  readonly backend: 'native' | 'wasm' | 'cpu'
  readonly teacher?: TeacherKind
  /** The share of the records of a phase that may fail. */
  readonly tolerate?: number
}

/** The main job as a recipe, and what reads its videos. */
export interface MainRecipe {
  readonly recipe: Recipe<string, string>
  readonly video: string
}

/** A file beside this one: in the sources, or of this folder's like in the folder that the compiler writes. */
const beside = (name: string): string => {
  const [near, far] = [`./${name}`, `../../../examples/videop2r/${name}`].map(at =>
    fileURLToPath(new URL(at, import.meta.url)),
  )
  return existsSync(near!) ? near! : far!
}

const override = (path: string, value: unknown): Override => ({
  path: path.split('.'),
  value,
  text: `${path}=${JSON.stringify(value)}`,
})

/** Settings that take the places of those of micro.yaml. */
const settingsOf = (job: MainJob): readonly Override[] => {
  const { preset, seed, backend, teacher = 'scripted', tolerate } = job
  const { name, world, sft, rl, again } = preset
  return [
    override('seed', seed),
    override('backend', backend),
    ...(tolerate === undefined ? [] : [override('tolerate', tolerate)]),
    // Where this file runs as it was written, so does the module, which no other process can load then.
    ...(extname(import.meta.url) === '.ts' ? [override('module.file', './module.ts'), override('rl.atOnce', 1)] : []),
    override('module.settings', { preset: name, teacher, world }),
    override('sft.steps', sft.steps),
    override('sft.batch', sft.batch),
    override('sft.rate', sft.rate),
    override('sft.warmup', Math.min(50, Math.floor(sft.steps / 5))),
    override('rl.updates', rl.updates),
    override('rl.prompts', rl.prompts),
    override('rl.completions', rl.completions),
    override('rl.seeds', rl.seeds),
    override('rl.watch.every', rl.every),
    ...(again ? [override('evaluation.again', { maxTokens: 72, temperature: 1 })] : []),
    ...Object.entries(rl.rates).map(([arm, rate]) => override(`rl.arms.${arm}.rate`, rate)),
  ]
}

/** The main job as a recipe: micro.yaml with the numbers of a preset in the places of its own. */
export const mainJob = (job: MainJob): TE.TaskEither<Fault, MainRecipe> =>
  F.pipe(
    loadConfig(beside('micro.yaml'), { cwd: process.cwd(), overrides: settingsOf(job) }),
    TE.flatMap(config => recipeOfConfig(config, { directory: job.directory, env: process.env })),
    TE.map(({ recipe, decoder: { name, why } }) => ({
      recipe: {
        ...recipe,
        title: `VideoP2R on a world of small clips, preset ${job.preset.name}`,
        minutes: job.preset.minutes[job.backend === 'native' ? 'native' : 'wasm'],
      },
      video: `${name}, ${why}`,
    })),
  )
