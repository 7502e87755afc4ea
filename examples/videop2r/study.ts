import { join } from 'node:path'
import { either as E, function as F, taskEither as TE } from 'fp-ts'
import type { Fault } from 'kinograd/flow'
import { findDecoder } from 'kinograd/media'
import * as R from 'kinograd/run'
import { armState, trainArm } from './arm.ts'
import { type Arm, arms, isArm } from './arms.ts'
import { checkpointOf } from './job.ts'
import { type Prepared, prepare } from './prepare.ts'
import { presets } from './presets.ts'
import { startBackend } from './start.ts'
import { type Cell, cell } from './study-cell.ts'
import { policySummary } from './summary.ts'
import { testPolicy } from './test-policies.ts'
import { ruleJudge } from './world/index.ts'

/*
 * The comparison of arms behind docs/results: one SFT seed, any arms, learning rates and RL seeds, all from the same checkpoint. Every
 * cell is a phase of the run, so that a stopped study continues with --resume. `study-table.ts` reads the run folders.
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
  readonly arms: readonly Arm[]
  readonly rates: readonly number[]
  readonly rlSeeds: readonly number[]
}

const gridOf = (chosen: R.Given<typeof flags>): Grid => {
  const list = (text: string | undefined, otherwise: string) => (text ?? otherwise).split(',')
  return {
    arms: list(chosen.arms, 'grpo,sum,paGrpo').filter(isArm),
    rates: list(chosen.rates, '1.6e-4').map(Number),
    rlSeeds: list(chosen['rl-seeds'], '1,2').map(Number),
  }
}

/** One cell as a phase: an arm trained at one rate with one seed, and what it reached. */
const trainedCell = ({ job, sft }: Prepared, arm: Arm, rate: number, rlSeed: number): TE.TaskEither<Fault, Cell> => {
  const title = `${arms[arm].title} ${rate} seed ${rlSeed}`
  const checkpoint = checkpointOf(job, 'cell')
  const options = { arm, title, rate, rlSeed, updates: job.preset.rl.updates, judge: ruleJudge, watch: job.records.dev }
  return R.phase(
    job.run,
    title,
    cell,
    points =>
      F.pipe(
        trainArm(job, sft, checkpoint, options, points),
        TE.bindTo('run'),
        TE.bind('policy', () => testPolicy(job, title, [title, checkpoint])),
        TE.map(({ run, policy }) => ({ arm, rate, rlSeed, policy, run })),
      ),
    { state: armState },
  )
}

/** All cells of a grid, one after the other. */
const trainedCells = (prepared: Prepared, grid: Grid): TE.TaskEither<Fault, readonly Cell[]> => {
  const { job, sft } = prepared
  const all = grid.arms.flatMap(arm =>
    grid.rates.flatMap(rate => grid.rlSeeds.map(rlSeed => ({ arm, rate, rlSeed }) as const)),
  )
  return F.pipe(
    R.phase(job.run, 'test SFT', policySummary, () => testPolicy(job, 'test SFT', ['sft', sft])),
    TE.flatMap(() =>
      TE.traverseSeqArray((one: (typeof all)[number]) => trainedCell(prepared, one.arm, one.rate, one.rlSeed))(all),
    ),
  )
}

const failed = ({ cause, remedy, ...rest }: Fault): number => {
  process.stderr.write(`study: ${R.oneLine(`${cause}. ${remedy}`)}\n`)
  return R.exitCodeOf(rest)
}

/** The whole study as its flags ask for it. The run is closed when it has ended, well or not. */
const study = (chosen: R.Given<typeof flags>, signal: AbortSignal): TE.TaskEither<Fault, readonly Cell[]> => {
  const { seed = 0, out = 'runs/study' } = chosen
  const preset = presets[chosen.preset ?? 'full']
  const status = R.openStatus({ write: text => void process.stdout.write(text), tty: false })
  return F.pipe(
    startBackend(chosen.backend, text => process.stdout.write(`${text}\n`), signal),
    TE.bindTo('backend'),
    TE.bindW('video', () => findDecoder()),
    TE.bindW('run', ({ backend }) =>
      R.openRun({
        directory: join(out, `seed-${seed}`),
        config: { preset, seed, backend: backend.name },
        resume: true,
        status,
      }),
    ),
    TE.flatMap(({ video, run }) => async () => {
      const ended = await F.pipe(
        prepare({ run, preset, seed, decoder: video.decoder, teacher: 'scripted', signal }),
        TE.flatMap(prepared => trainedCells(prepared, gridOf(chosen))),
      )()
      await run.close()
      return ended
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
