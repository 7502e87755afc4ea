import { join } from 'node:path'
import { either as E, function as F, taskEither as TE } from 'fp-ts'
import { type Fault, fault } from 'kinograd/flow'
import { startBackend } from 'kinograd/recipe'
import * as R from 'kinograd/run'
import type { Experiment, Place } from './experiment.ts'
import { experiments } from './list.ts'
import { sizes } from './sizes.ts'
import { writeFindings } from './write-findings.ts'

/*
 * `npm run experiments -- NAME [--seeds N]`: one of the paper's experiments, or an open question of it. What it trains stays in a cache
 * that all of them share, so that a stopped one goes on with the same command, and a second one does not train the same again.
 */

const flags = {
  seeds: { kind: 'integer', value: '3', min: 1, help: 'how many seeds; everything is made anew for each (3)' },
  'first-seed': { kind: 'integer', value: '0', min: 0, help: 'the first of them (0)' },
  preset: {
    kind: 'text',
    value: 'default',
    choices: ['quick', 'default', 'full'],
    help: 'sizes: quick shows within seconds that it runs, and finds nothing (default)',
  },
  backend: {
    kind: 'text',
    value: 'native',
    choices: ['native', 'wasm', 'cpu'],
    help: 'tensor backend; the best that works',
  },
  cache: { kind: 'text', value: 'runs/experiments', help: 'folder of what experiments share (runs/experiments)' },
  out: { kind: 'text', value: 'docs/results', help: 'folder of the page and its figures (docs/results)' },
  help: { kind: 'switch', help: 'this text' },
} as const satisfies R.Flags

const say = (text: string): void => void process.stdout.write(`${text}\n`)

const named = (name: string | undefined): E.Either<Fault, Experiment> => {
  const found = experiments.find(one => one.name === name)
  const names = experiments.map(one => one.name)
  return found === undefined
    ? E.left(fault('Usage', `there is no experiment ${name ?? ''}`, R.suggestion(name ?? '', names)))
    : E.right(found)
}

const failed = ({ cause, remedy, ...rest }: Fault): number => {
  process.stderr.write(`experiments: ${R.oneLine(`${cause}. ${remedy}`)}\n`)
  return R.exitCodeOf(rest)
}

const help = (): string =>
  [
    'npm run experiments -- NAME [flags]',
    ...experiments.map(({ name, asks }) => `  ${name.padEnd(10)} ${asks}`),
    R.flagsHelp(flags),
  ].join('\n\n')

/** Runs an experiment as its flags ask for it; gives what is said at the end. */
const performed = (
  name: string | undefined,
  chosen: R.Given<typeof flags>,
  status: R.Status,
  signal: AbortSignal,
): TE.TaskEither<Fault, string> => {
  const preset = sizes[chosen.preset ?? 'default']
  const { seeds = 3, 'first-seed': first = 0, cache = 'runs/experiments', out = 'docs/results' } = chosen
  return F.pipe(
    TE.fromEither(named(name)),
    TE.bindTo('experiment'),
    TE.bind('tensors', () => startBackend(chosen, say, signal)),
    TE.flatMap(({ experiment, tensors: { name: backend } }) => {
      const place: Place = {
        ...{ preset, backend, signal, status, cache: join(cache, preset.name) },
        seeds: Array.from({ length: seeds }, (_, i) => first + i),
      }
      const more = `${first === 0 ? '' : ` --first-seed ${first}`}${preset.name === 'default' ? '' : ` --preset ${preset.name}`}`
      const command = `npm run experiments -- ${experiment.name} --seeds ${seeds}${more}`
      return F.pipe(
        experiment.run(place),
        TE.bindTo('findings'),
        TE.bind('page', ({ findings }) => writeFindings(experiment, place, findings, { folder: out, command })),
        TE.map(({ findings: { tables, notes }, page }) =>
          [...tables.map(R.tableText), ...notes, `Written to ${page}.`].join('\n'),
        ),
      )
    }),
  )
}

const main = async (args: readonly string[]): Promise<number> => {
  if (args.includes('--help')) {
    say(help())
    return 0
  }
  const parsed = R.parseFlags(flags, ['NAME'], args)
  if (E.isLeft(parsed)) return failed(parsed.left)
  const { flags: chosen, positionals } = parsed.right
  const { signal, dispose } = R.interruptible({
    resumeWith: 'the same command',
    say: text => process.stderr.write(`${text}\n`),
  })
  const status = R.openStatus({ write: text => void process.stdout.write(text), tty: process.stdout.isTTY === true })
  const ended = await performed(positionals[0], chosen, status, signal)()
  status.close()
  dispose()
  if (E.isLeft(ended)) return failed(ended.left)
  say(ended.right)
  return 0
}

process.exitCode = await main(process.argv.slice(2))
