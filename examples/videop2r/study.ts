import { join } from 'node:path'
import { either as E, function as F, taskEither as TE } from 'fp-ts'
import type { Fault } from 'kinograd/flow'
import { findDecoder } from 'kinograd/media'
import * as R from 'kinograd/run'
import { type Arm, arms, trainArm } from './arm.ts'
import { testPolicy } from './evaluation.ts'
import { checkpointOf } from './job.ts'
import { type Prepared, prepare } from './prepare.ts'
import { presets } from './presets.ts'
import { startBackend } from './start.ts'
import { type Cell, cell } from './study-cell.ts'
import { ruleJudge } from './world/index.ts'

/*
 * The comparison of arms behind docs/results: one SFT seed, any arms, learning rates and RL seeds, all from the same checkpoint. Every
 * cell is a phase of the run, so that a stopped study continues with --resume. `study-table.ts` reads the run folders.
 */

const flags = {
  seed: { kind: 'integer', value: '0', min: 0, help: 'seed of world, teacher, weights: one SFT checkpoint' },
  preset: { kind: 'text', value: 'full', choices: ['quick', 'default', 'full'], help: 'sizes (full)' },
  arms: { kind: 'text', value: 'grpo,sum,paGrpo', help: 'arms to train (all three)' },
  rates: { kind: 'text', value: '8e-5,1.6e-4', help: 'learning rates' },
  'rl-seeds': { kind: 'text', value: '1,2', help: 'seeds of reinforcement (1,2)' },
  backend: { kind: 'text', value: 'native', choices: ['native', 'wasm', 'cpu'], help: 'tensor backend' },
  out: { kind: 'text', value: 'runs/study', help: 'folder; the run lies in <out>/seed-<seed>' },
  help: { kind: 'switch', help: 'this text' },
} as const satisfies R.Flags

const cells = ({ job, sft }: Prepared, names: readonly Arm[], rates: readonly number[], seeds: readonly number[]) => {
  const all = names.flatMap(arm => rates.flatMap(rate => seeds.map(rlSeed => ({ arm, rate, rlSeed }))))
  return F.pipe(
    R.phase<R.PolicySummary, Fault>(job.run, 'test SFT', R.policySummary, () =>
      F.pipe(
        testPolicy(job, 'sft', sft),
        TE.map(({ graded: _, ...policy }) => policy),
      ),
    ),
    TE.flatMap(() =>
      TE.traverseSeqArray(({ arm, rate, rlSeed }: (typeof all)[number]) => {
        const title = `${arms[arm].title} ${rate} seed ${rlSeed}`
        const checkpoint = checkpointOf(job, 'cell')
        return R.phase<Cell, Fault>(job.run, title, cell, () =>
          F.pipe(
            trainArm(job, sft, checkpoint, {
              arm,
              title,
              rate,
              rlSeed,
              updates: job.preset.rl.updates,
              judge: ruleJudge,
              watch: job.records.dev,
            }),
            TE.bindTo('run'),
            TE.bind('tested', () => testPolicy(job, title, checkpoint)),
            TE.map(({ run, tested: { graded: _, ...policy } }) => ({ arm, rate, rlSeed, policy, run })),
          ),
        )
      })(all),
    ),
  )
}

const main = async (args: readonly string[]): Promise<number> => {
  const failed = (given: Fault): number => {
    process.stderr.write(`study: ${R.oneLine(`${given.cause}. ${given.remedy}`)}\n`)
    return R.exitCodeOf(given)
  }
  const parsed = R.parseFlags(flags, [], args)
  if (E.isLeft(parsed)) return failed(parsed.left)
  const given = parsed.right.flags
  if (given.help) {
    process.stdout.write(`npm run study -- [flags]\n\n${R.flagsHelp(flags)}\n`)
    return 0
  }
  const list = (text: string | undefined, otherwise: string) => (text ?? otherwise).split(',')
  const names = list(given.arms, 'grpo,sum,paGrpo').filter((name): name is Arm => name in arms)
  const seed = given.seed ?? 0
  const preset = presets[given.preset ?? 'full']
  const { signal, dispose } = R.interruptible({
    resumeWith: 'the same command',
    say: text => process.stderr.write(`${text}\n`),
  })
  const started = await startBackend(given.backend, text => process.stdout.write(`${text}\n`), signal)()
  if (E.isLeft(started)) return failed(started.left)
  const found = await findDecoder()()
  if (E.isLeft(found)) return failed(found.left)
  const status = R.openStatus({ write: text => void process.stdout.write(text), tty: false })
  const opened = await R.openRun({
    directory: join(given.out ?? 'runs/study', `seed-${seed}`),
    config: { preset, seed, backend: started.right.name },
    resume: true,
    status,
  })()
  if (E.isLeft(opened)) return failed(opened.left)
  const ended = await F.pipe(
    prepare({ run: opened.right, preset, seed, decoder: found.right.decoder, teacher: 'scripted', signal }),
    TE.flatMap(prepared =>
      cells(prepared, names, list(given.rates, '1.6e-4').map(Number), list(given['rl-seeds'], '1,2').map(Number)),
    ),
  )()
  await opened.right.close()
  dispose()
  return E.isLeft(ended) ? failed(ended.left) : 0
}

process.exitCode = await main(process.argv.slice(2))
