import { join } from 'node:path'
import { either as E, function as F, taskEither as TE } from 'fp-ts'
import type { Fault } from 'kinograd/flow'
import { type Arm, performRecipe, type RunSummary, startBackend } from 'kinograd/recipe'
import * as R from 'kinograd/run'
import { mainJob } from './job.ts'
import { presets } from './presets.ts'
import { cellName } from './study-cell.ts'

/*
 * The comparison of arms behind docs/results: one SFT seed, any arms, learning rates and RL seeds, all from the same checkpoint. Every
 * cell is an arm of one recipe, so that a stopped study goes on with the same command. `study-table.ts` reads the run folders.
 */

const flags = {
  seed: { kind: 'integer', value: '0', min: 0, help: 'seed of world, teacher, weights: one SFT checkpoint' },
  preset: { kind: 'text', value: 'full', choices: ['quick', 'default', 'full'], help: 'sizes (full)' },
  arms: { kind: 'text', value: 'grpo,sum,paGrpo', help: 'arms to train (all three)' },
  rates: { kind: 'text', value: '8e-5,1.6e-4', help: 'learning rates (1.6e-4)' },
  'rl-seeds': { kind: 'text', value: '1,2', help: 'seeds of reinforcement (1,2)' },
  backend: { kind: 'text', value: 'native', choices: ['native', 'wasm', 'cpu'], help: 'tensor backend' },
  out: { kind: 'text', value: 'runs/study', help: 'folder; the run lies in <out>/seed-<seed>' },
  help: { kind: 'switch', help: 'this text' },
} as const satisfies R.Flags

/** What one study compares. */
interface Grid {
  readonly arms: readonly string[]
  readonly rates: readonly number[]
  readonly rlSeeds: readonly number[]
}

const gridOf = (chosen: R.Given<typeof flags>): Grid => {
  const list = (text: string | undefined, otherwise: string) => (text ?? otherwise).split(',')
  return {
    arms: list(chosen.arms, 'grpo,sum,paGrpo'),
    rates: list(chosen.rates, '1.6e-4').map(Number),
    rlSeeds: list(chosen['rl-seeds'], '1,2').map(Number),
  }
}

/** The arms of a study: each that is asked for at every rate with every seed; their names say which they are. */
const cellsOf = (arms: readonly Arm<string>[], grid: Grid): readonly Arm<string>[] =>
  grid.arms.flatMap(name =>
    arms
      .filter(arm => arm.name === name)
      .flatMap(arm =>
        grid.rates.flatMap(rate =>
          grid.rlSeeds.map(rlSeed => ({
            ...arm,
            name: cellName({ arm: name, rate, rlSeed }),
            title: `${arm.title} ${rate} seed ${rlSeed}`,
            rate,
            seed: rlSeed,
          })),
        ),
      ),
  )

const failed = ({ cause, remedy, ...rest }: Fault): number => {
  process.stderr.write(`study: ${R.oneLine(`${cause}. ${remedy}`)}\n`)
  return R.exitCodeOf(rest)
}

/** The whole study as its flags ask for it. */
const study = (chosen: R.Given<typeof flags>, signal: AbortSignal): TE.TaskEither<Fault, RunSummary> => {
  const { seed = 0, out = 'runs/study' } = chosen
  const preset = presets[chosen.preset ?? 'full']
  const status = R.openStatus({ write: text => void process.stdout.write(text), tty: false })
  const grid = gridOf(chosen)
  return F.pipe(
    startBackend(chosen, text => process.stdout.write(`${text}\n`), signal),
    TE.bindTo('tensors'),
    TE.bindW('main', ({ tensors: { name: backend } }) =>
      mainJob({ directory: join(out, `seed-${seed}`), preset, seed, backend }),
    ),
    TE.flatMap(({ tensors: { name: backend }, main: { recipe } }) => {
      const { minutes: _, rl, ...rest } = recipe
      return performRecipe(
        {
          ...rest,
          title: `The study, seed ${seed}`,
          settings: { ...recipe.settings, grid },
          ...(rl === undefined ? {} : { rl: { ...rl, seeds: 1, arms: cellsOf(rl.arms, grid) } }),
        },
        { resume: true, backend, signal, status },
      )
    }),
  )
}

const main = async (args: readonly string[]): Promise<number> => {
  const parsed = R.parseFlags(flags, [], args)
  if (E.isLeft(parsed)) return failed(parsed.left)
  if (parsed.right.flags.help) {
    process.stdout.write(`npm run study -- [flags]\n\n${R.flagsHelp(flags)}\n`)
    return 0
  }
  const { signal, dispose } = R.interruptible({
    resumeWith: 'the same command',
    say: text => process.stderr.write(`${text}\n`),
  })
  const ended = await study(parsed.right.flags, signal)()
  dispose()
  return E.isLeft(ended) ? failed(ended.left) : 0
}

process.exitCode = await main(process.argv.slice(2))
