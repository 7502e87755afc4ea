import { join } from 'node:path'
import { either as E, function as F, taskEither as TE } from 'fp-ts'
import * as t from 'io-ts'
import { type Fault, fault } from 'kinograd/flow'
import { findDecoder } from 'kinograd/media'
import * as R from 'kinograd/run'
import { planOf } from './plan.ts'
import { prepare } from './prepare.ts'
import { presets } from './presets.ts'
import { reinforceAndTest } from './reinforce-and-test.ts'
import { flags } from './settings.ts'
import { startBackend } from './start.ts'

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
      `Tensors: ${backend.detail}${given.preset === undefined && preset.name === 'quick' ? '; without a native backend the preset is quick (--preset default takes half an hour)' : ''}`,
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
    TE.tap(summary => run.summary(summary) as TE.TaskEither<Fault, void>),
    TE.tap(
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
