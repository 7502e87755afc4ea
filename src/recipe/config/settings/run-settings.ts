import { choice, type Read, setting, text, whole } from '../codec/setting.ts'
import { namesInside, settings, shortOrLong } from '../codec/settings.ts'
import { media, records, teacher, tolerate } from './data.ts'
import { annotation, evaluation, rl, sft } from './phases.ts'
import { policy } from './policy.ts'
import { prompt, template } from './template.ts'

/** A module of the user's own that makes parts of the recipe: its file, and what it is told. */
const module = shortOrLong(
  text('a file of JavaScript'),
  settings(
    { file: text('a file of JavaScript') },
    { settings: setting('settings of the module', value => value ?? undefined) },
  ),
)

/** All settings of a run. The phases that it has are those that are written: annotation, sft, rl, evaluation. */
export const runSettings = settings(
  {},
  {
    /** What the run is called; the name of the file when not given. */
    name: text('a name'),
    seed: whole({ from: 0 }),
    /** The folder of the run; `runs/` and the name when not given. */
    out: text('a folder'),
    backend: choice(['native', 'wasm', 'cpu']),
    matmulPrecision: choice(['float32', 'bfloat16']),
    tolerate,
    module,
    media,
    /** Records of every phase that names none of its own. */
    records,
    policy,
    teacher,
    judge: teacher,
    template,
    prompt,
    annotation,
    sft,
    rl,
    evaluation,
  },
)
/** All settings of a run, as they were written. */
export type RunSettings = Read<typeof runSettings>

/**
 * The names of all settings of a configuration, from the outermost on. Where a name is the user's own, as that of a process, it is
 * `NAME`.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { settingNames } from 'kinograd/recipe'
 *
 * assert(settingNames.includes('rl.sampling.maxTokens') && settingNames.includes('rl.rewards.NAME.accuracy'))
 * ```
 */
export const settingNames: readonly string[] = namesInside(runSettings)
