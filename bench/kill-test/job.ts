import { either as E, function as F, taskEither as TE } from 'fp-ts'
import { selectBackend } from 'kinograd/engine/tfjs'
import { performRecipe } from 'kinograd/recipe'
import { exitCodeOf, interruptible } from 'kinograd/run'
import { mainJob } from '../../examples/videop2r/job.ts'
import type { Preset } from '../../examples/videop2r/presets.ts'

/* The phases of the main job at a size of seconds: `node job.js FOLDER SEED BACKEND [--resume]`. */

const none = { world: 0, 'CoT data': 0, SFT: 0, GRPO: 0, sum: 0, 'PA-GRPO': 0, evaluation: 0, report: 0 }
const preset: Preset = {
  name: 'quick',
  world: {
    'train-sft': { clips: 60, questions: 3 },
    'train-rl': { clips: 12, questions: 1 },
    dev: { clips: 4, questions: 1 },
    test: { clips: 66, questions: 1 },
  },
  sft: { steps: 30, batch: 4, rate: 2e-3 },
  rl: {
    updates: 3,
    prompts: 2,
    completions: 3,
    seeds: 2,
    rates: { grpo: 1e-4, sum: 1e-4, paGrpo: 1e-4 },
    every: 2,
  },
  again: true,
  minutes: { native: none, wasm: none },
}

const [directory = '', seedText = '0', backendText = ''] = process.argv.slice(2)
const seed = Number(seedText)
const { signal } = interruptible({ resumeWith: 'the same with --resume', say: console.error })
const backend = await selectBackend({ backend: backendText === 'native' ? 'native' : 'wasm' })()
if (E.isLeft(backend)) {
  console.error(`${backend.left.cause}. ${backend.left.remedy}`)
  process.exit(exitCodeOf(backend.left))
}
const { name } = backend.right
const ended = await F.pipe(
  mainJob({ directory, preset, seed, backend: name }),
  TE.flatMap(({ recipe }) =>
    performRecipe(recipe, { resume: process.argv.includes('--resume'), backend: name, signal }),
  ),
)()
if (E.isLeft(ended)) console.error(`${ended.left.cause}. ${ended.left.remedy}`)
process.exitCode = E.isLeft(ended) ? exitCodeOf(ended.left) : 0
