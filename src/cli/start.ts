import { type Command, main, whenClosed } from '../run/index.ts'

const terminal = {
  out: (line: string) => process.stdout.write(`${line}\n`),
  err: (line: string) => process.stderr.write(`${line}\n`),
  env: process.env,
  cwd: process.cwd(),
}

// Whoever read the output has gone: there is nobody left to tell.
whenClosed(process.stdout, () => process.exit())

/** Commands beside those of the run room, each loaded when it is named; all of them where none is, for the list. */
const commands: ReadonlyMap<string, () => Promise<Command>> = new Map([
  ['init', async () => (await import('./init/command.ts')).initCommand],
  ['run', async () => (await import('./run/command.ts')).runCommand],
  ['annotate', async () => (await import('./annotate.ts')).annotateCommand],
  ['eval', async () => (await import('./eval.ts')).evalCommand],
  ['judge-agreement', async () => (await import('./judge-agreement.ts')).judgeAgreementCommand],
  ['laws', async () => (await import('./laws.ts')).lawsCommand],
  ['simulate', async () => (await import('./simulate/command.ts')).simulateCommand],
  ['serve', async () => (await import('./serve.ts')).serveCommand],
  ['worker', async () => (await import('./worker.ts')).workerCommand],
])
const named = commands.get(process.argv[2] ?? '')
const loading = named === undefined ? [...commands.values()] : [named]

process.exitCode = await main(process.argv.slice(2), terminal, await Promise.all(loading.map(load => load())))
