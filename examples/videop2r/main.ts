import { join } from 'node:path'
import { either as E, function as F, taskEither as TE } from 'fp-ts'
import { type Fault, fault } from 'kinograd/flow'
import { performRecipe, policyTable, type RunSummary, startBackend } from 'kinograd/recipe'
import * as R from 'kinograd/run'
import { mainJob } from './job.ts'
import { presets } from './presets.ts'
import { flags } from './settings.ts'

const out = (text: string): void => void process.stdout.write(`${text}\n`)

const failed = ({ cause, remedy, ...rest }: Fault): number => {
  process.stderr.write(`${R.scrubber(process.env).text(R.oneLine(`videop2r: ${cause}. ${remedy}`))}\n`)
  return R.exitCodeOf(rest)
}

const help = (): string => `npm run videop2r -- [flags]\n\n${R.flagsHelp(flags)}\n\nExit codes:\n${R.exitCodeTable()}`

const next = (directory: string, preset: string): string =>
  [
    `Everything lies in ${directory}: report.html (open it in a browser), summary.json, metrics.jsonl, rollouts.jsonl, checkpoints/.`,
    `Try next: npx kinograd inspect ${directory}; ${preset === 'default' ? 'npm run videop2r -- --seed 1' : 'npm run videop2r -- --preset default'}; examples/videop2r/micro.yaml.`,
  ].join('\n')

/** Less ends a process in a dump of V8's: its heap, and the addresses that WebAssembly and TensorFlow reserve. */
const needed = { heap: 150 * 2 ** 20, addresses: 12 * 2 ** 30 }

const statusHere = (): R.Status =>
  R.openStatus({
    write: text => void process.stdout.write(text),
    tty: process.stdout.isTTY === true,
    columns: process.stdout.columns ?? 80,
  })

/** Where the job that the flags ask for lies, and how large it is. */
interface Ended {
  readonly directory: string
  readonly preset: string
  readonly summary: RunSummary
}

/** Brings the backend, makes the recipe that the flags ask for, and performs it. */
const performed = (chosen: R.Given<typeof flags>, status: R.Status, signal: AbortSignal): TE.TaskEither<Fault, Ended> =>
  F.pipe(
    startBackend(chosen, out, signal),
    TE.flatMap(({ name: backend, detail }) => {
      const preset = presets[chosen.preset ?? (backend === 'native' ? 'default' : 'quick')]
      const { seed = 0, teacher = 'scripted', tolerate = 0.05, resume } = chosen
      const directory = chosen.out ?? join('runs', `videop2r-${preset.name}-${seed}`)
      const short = chosen.preset === undefined && preset.name === 'quick'
      const why = short
        ? '; without a native backend the preset is quick (--preset default takes three quarters of an hour)'
        : ''
      return F.pipe(
        mainJob({ directory, preset, seed, backend, teacher, tolerate }),
        TE.flatMap(({ recipe, video }) =>
          performRecipe(recipe, {
            ...{ resume, backend, signal, status, say: out },
            notes: [`Tensors: ${detail}${why}`, `Video: ${video}`, `Results: ${directory}`],
          }),
        ),
        TE.map(summary => ({ directory, preset: preset.name, summary })),
      )
    }),
  )

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
  const status = statusHere()
  const ended = await performed(chosen, status, signal)()
  status.close()
  dispose()
  if (quiet()) return R.exitCodes.interrupted.code
  if (E.isLeft(ended)) return failed(ended.left)
  const { directory, preset, summary } = ended.right
  out(`\n${R.tableText(policyTable(summary))}\n${next(directory, preset)}`)
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
