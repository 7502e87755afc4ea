import { join } from 'node:path'
import { either as E, function as F, taskEither as TE } from 'fp-ts'
import * as t from 'io-ts'
import { type Fault, fault } from 'kinograd/flow'
import { findDecoder } from 'kinograd/media'
import * as R from 'kinograd/run'
import { type Arm, arms, trainArm } from './arm.ts'
import { saveGraded, testPolicy } from './evaluation.ts'
import { checkpointOf, type Job } from './job.ts'
import { planOf } from './plan.ts'
import { type Prepared, prepare } from './prepare.ts'
import { presets } from './presets.ts'
import { flags } from './settings.ts'
import { startBackend } from './start.ts'
import { ruleJudge } from './world/index.ts'

/** Everything after fine-tuning: the three arms and the evaluation, each finished phase kept for `--resume`. */
const reinforceAndTest = ({ job, sft, ...made }: Prepared, backend: string): TE.TaskEither<Fault, R.Summary> => {
  const { run, preset, seed } = job
  const arm = (name: Arm): TE.TaskEither<Fault, R.ArmSummary> =>
    R.phase(run, arms[name].title, R.armSummary, () =>
      trainArm(job, sft, checkpointOf(job, name), {
        arm: name,
        title: arms[name].title,
        rate: preset.rl.rates[name],
        rlSeed: seed + 1,
        updates: preset.rl.updates,
        judge: ruleJudge,
        watch: job.records.dev,
      }),
    )
  return F.pipe(
    arm('grpo'),
    TE.bindTo('grpo'),
    TE.bind('sum', () => arm('sum')),
    TE.bind('paGrpo', () => arm('paGrpo')),
    TE.bind('policies', () =>
      R.phase<Record<string, R.PolicySummary>, Fault>(run, 'evaluation', t.record(t.string, R.policySummary), () =>
        evaluation(job),
      ),
    ),
    TE.bind('seconds', () => phaseTimes(run)),
    TE.map(({ grpo, sum, paGrpo, policies, seconds }) => ({
      seed,
      preset: preset.name,
      backend,
      decoder: made.decoder,
      teacher: made.teacher,
      judge: made.judge,
      seconds: { ...seconds, total: Object.values(seconds).reduce((a, b) => a + b, 0) },
      retention: made.retention,
      policies,
      runs: { grpo, sum, paGrpo },
    })),
  )
}

const phaseTimes = (run: R.Run): TE.TaskEither<Fault, Readonly<Record<string, number>>> => R.phaseSeconds(run)

const evaluation = (job: Job): TE.TaskEither<Fault, Record<string, R.PolicySummary>> => {
  const policies = [
    ['base', undefined],
    ['sft', checkpointOf(job, 'sft')],
    ...(Object.keys(arms) as Arm[]).map(name => [name, checkpointOf(job, name)] as const),
  ] as const
  let done = 0
  return F.pipe(
    policies,
    TE.traverseSeqArray(([name, checkpoint]) =>
      F.pipe(
        testPolicy(job, name, checkpoint),
        TE.chainFirst(({ graded }) => saveGraded(join(job.run.directory, 'outputs.jsonl'), name, graded)),
        TE.map(({ graded: _, ...summary }) => {
          job.run.status?.progress('evaluation', ++done, policies.length, name)
          return [name, summary] as const
        }),
      ),
    ),
    TE.map(all => Object.fromEntries(all)),
  )
}

const next = (directory: string, preset: string): string =>
  [
    `Everything lies in ${directory}: report.html (open it in a browser), summary.json, metrics.jsonl, rollouts.jsonl, checkpoints/.`,
    `Try next: npx kinograd inspect ${directory}; ${preset === 'default' ? 'npm run videop2r -- --seed 1' : 'npm run videop2r -- --preset default'}; examples/videop2r/pipeline.ts.`,
  ].join('\n')

/** Runs the job; resolves to the exit code. */
const main = async (args: readonly string[]): Promise<number> => {
  const out = (text: string): void => void process.stdout.write(`${text}\n`)
  const failed = (given: Fault): number => {
    process.stderr.write(`${R.scrubber(process.env).text(R.oneLine(`videop2r: ${given.cause}. ${given.remedy}`))}\n`)
    return R.exitCodeOf(given)
  }
  const parsed = R.parseFlags(flags, [], args)
  if (E.isLeft(parsed)) return failed(parsed.left)
  const given = parsed.right.flags
  if (given.help) {
    out(`npm run videop2r -- [flags]\n\n${R.flagsHelp(flags)}\n\nExit codes:\n${R.exitCodeTable()}`)
    return 0
  }
  const { signal, dispose } = R.interruptible({
    resumeWith: `npm run videop2r -- ${[...args.filter(arg => arg !== '--resume'), '--resume'].join(' ')}`,
    say: text => process.stderr.write(`\n${text}\n`),
  })
  const started = await startBackend(given.backend, out, signal)()
  if (E.isLeft(started)) return failed(started.left)
  const backend = started.right
  const found = await findDecoder()()
  if (E.isLeft(found)) return failed(found.left)
  const preset = presets[given.preset ?? (backend.name === 'native' ? 'default' : 'quick')]
  const seed = given.seed ?? 0
  const directory = given.out ?? join('runs', `videop2r-${preset.name}-${seed}`)
  const status = R.openStatus({
    write: text => void process.stdout.write(text),
    tty: process.stdout.isTTY === true,
    columns: process.stdout.columns ?? 80,
  })
  status.announce(
    planOf(preset, backend.name, [
      `Tensors: ${backend.detail}${given.preset === undefined && preset.name === 'quick' ? '; without a native backend the preset is quick (--preset default takes about 40 minutes)' : ''}`,
      `Video: ${found.right.name}, ${found.right.why}`,
      `Results: ${directory}`,
    ]),
  )
  const settings = {
    preset: preset.name,
    seed,
    backend: backend.name,
    teacher: given.teacher ?? 'scripted',
    world: preset.world,
    sft: preset.sft,
    rl: preset.rl,
  }
  const opened = await R.openRun({ directory, config: settings, resume: given.resume, status })()
  if (E.isLeft(opened)) return failed(opened.left)
  const run = opened.right
  const ended = await F.pipe(
    prepare({ run, preset, seed, decoder: found.right.decoder, teacher: given.teacher ?? 'scripted', signal }),
    TE.flatMap(prepared => reinforceAndTest(prepared, backend.name)),
    TE.chainFirst(summary => run.summary(summary) as TE.TaskEither<Fault, void>),
    TE.chainFirst(
      () =>
        R.phase(run, 'report', t.type({}), () =>
          F.pipe(
            R.writeReport(directory),
            TE.map(() => ({})),
          ),
        ) as TE.TaskEither<Fault, unknown>,
    ),
  )()
  await run.close()
  dispose()
  status.close()
  if (E.isLeft(ended)) return failed(ended.left)
  out(`\n${R.policyTable(ended.right)}\n${next(directory, preset.name)}`)
  return 0
}

process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) => {
  const defect = fault(
    'Defect',
    String(error instanceof Error ? error.stack : error),
    'This is a fault of kinograd; please report it.',
  )
  process.stderr.write(`videop2r: ${defect.cause}\n${defect.remedy}\n`)
  return 1
})
