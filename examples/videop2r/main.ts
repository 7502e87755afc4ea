import { either as E, function as F, taskEither as TE } from 'fp-ts'
import { type Fault, fault } from 'kinograd/flow'
import * as R from 'kinograd/run'
import { conclude, finishedBefore } from './conclude.ts'
import { type Opened, openJob } from './open.ts'
import { prepare } from './prepare.ts'
import { reinforceAndTest } from './reinforce-and-test.ts'
import { policyTable } from './report/table.ts'
import { flags } from './settings.ts'
import type { Summary } from './summary.ts'

const out = (text: string): void => void process.stdout.write(`${text}\n`)

const failed = ({ cause, remedy, ...rest }: Fault): number => {
  process.stderr.write(`${R.scrubber(process.env).text(R.oneLine(`videop2r: ${cause}. ${remedy}`))}\n`)
  return R.exitCodeOf(rest)
}

const help = (): string => `npm run videop2r -- [flags]\n\n${R.flagsHelp(flags)}\n\nExit codes:\n${R.exitCodeTable()}`

const next = (directory: string, preset: string): string =>
  [
    `Everything lies in ${directory}: report.html (open it in a browser), summary.json, metrics.jsonl, rollouts.jsonl, checkpoints/.`,
    `Try next: npx kinograd inspect ${directory}; ${preset === 'default' ? 'npm run videop2r -- --seed 1' : 'npm run videop2r -- --preset default'}; examples/videop2r/pipeline.ts.`,
  ].join('\n')

/** Less ends a process in a dump of V8's: its heap, and the addresses that WebAssembly and TensorFlow reserve. */
const needed = { heap: 150 * 2 ** 20, addresses: 12 * 2 ** 30 }

/** All phases, one after the other; finished ones are not done again. The run is closed when they have ended, well or not. */
const work = (opened: Opened): TE.TaskEither<Fault, Summary> => {
  const { run, status, backend } = opened
  const phases = F.pipe(
    prepare(opened),
    TE.flatMap(prepared => reinforceAndTest(prepared, backend.name)),
    TE.tap(summary => conclude(run, summary)),
  )
  return async () => {
    const ended = await F.pipe(
      finishedBefore(run),
      TE.flatMap(before => (before === undefined ? phases : TE.right(before))),
    )()
    await run.close()
    status.close()
    return ended
  }
}

/** Runs the job; resolves to the exit code. */
const main = async (args: readonly string[]): Promise<number> => {
  const parsed = R.parseFlags(flags, [], args)
  if (E.isLeft(parsed)) return failed(parsed.left)
  const chosen = parsed.right.flags
  if (chosen.help) {
    out(help())
    return 0
  }
  const memory = R.requireMemory(needed)
  if (E.isLeft(memory)) return failed(memory.left)
  const { signal, dispose, quietly, quiet } = R.interruptible({
    resumeWith: `npm run videop2r -- ${[...args.filter(arg => arg !== '--resume'), '--resume'].join(' ')}`,
    say: text => process.stderr.write(`\n${text}\n`),
  })
  for (const stream of [process.stdout, process.stderr]) R.whenClosed(stream, quietly)
  const ended = await F.pipe(
    openJob(chosen, out, signal),
    TE.bindTo('opened'),
    TE.bind('summary', ({ opened }) => work(opened)),
  )()
  dispose()
  if (quiet()) return R.exitCodes.interrupted.code
  if (E.isLeft(ended)) return failed(ended.left)
  const { opened, summary } = ended.right
  out(`\n${R.tableText(policyTable(summary))}\n${next(opened.run.directory, opened.preset.name)}`)
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
