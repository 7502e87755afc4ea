import { main, whenClosed } from '../run/index.ts'
import { annotateCommand } from './annotate.ts'
import { evalCommand } from './eval.ts'
import { initCommand } from './init/command.ts'
import { judgeAgreementCommand } from './judge-agreement.ts'
import { lawsCommand } from './laws.ts'
import { runCommand } from './run/command.ts'

const terminal = {
  out: (line: string) => process.stdout.write(`${line}\n`),
  err: (line: string) => process.stderr.write(`${line}\n`),
  env: process.env,
  cwd: process.cwd(),
}

// Whoever read the output has gone: there is nobody left to tell.
whenClosed(process.stdout, () => process.exit())

process.exitCode = await main(process.argv.slice(2), terminal, [
  initCommand,
  runCommand,
  annotateCommand,
  evalCommand,
  judgeAgreementCommand,
  lawsCommand,
])
