import { type Command, main, whenClosed } from '../run/index.ts'
import { type Heading, headings } from './headings.ts'

const terminal = {
  out: (line: string) => process.stdout.write(`${line}\n`),
  err: (line: string) => process.stderr.write(`${line}\n`),
  env: process.env,
  cwd: process.cwd(),
}

// Whoever read the output has gone: there is nobody left to tell.
whenClosed(process.stdout, () => process.exit())

type Load = () => Promise<Command>

/** Commands beside those of the run room, each loaded when it is named: all of them take a second of a processor and 80 MB. */
const commands: readonly (readonly [Heading, Load])[] = [
  [headings.init, async () => (await import('./init/command.ts')).initCommand],
  [headings.run, async () => (await import('./run/command.ts')).runCommand],
  [headings.annotate, async () => (await import('./annotate.ts')).annotateCommand],
  [headings.eval, async () => (await import('./eval.ts')).evalCommand],
  [headings.judgeAgreement, async () => (await import('./judge-agreement.ts')).judgeAgreementCommand],
  [headings.laws, async () => (await import('./laws.ts')).lawsCommand],
  [headings.simulate, async () => (await import('./simulate/command.ts')).simulateCommand],
  [headings.serve, async () => (await import('./serve.ts')).serveCommand],
  [headings.worker, async () => (await import('./worker.ts')).workerCommand],
]

/** A command that stands in the list alone; it is loaded if it should be run after all. */
const listed = (heading: Heading, load: Load): Command => ({
  ...heading,
  flags: {},
  run: async (args, given) => (await load()).run(args, given),
})

const [named] = process.argv.slice(2)
const loading = commands.map(([heading, load]) => (heading.name === named ? load() : listed(heading, load)))

process.exitCode = await main(process.argv.slice(2), terminal, await Promise.all(loading))
