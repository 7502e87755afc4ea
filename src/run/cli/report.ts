import { resolve } from 'node:path'
import { either as E } from 'fp-ts'
import { exitCodes } from '../exit.ts'
import { parseFlags } from '../flags.ts'
import { writeReport } from '../report/page.ts'
import type { Command } from './command.ts'
import { failed } from './failed.ts'

const flags = {}
const positionals = ['RUN']

/** `kinograd report RUN`. */
export const reportCommand: Command = {
  name: 'report',
  does: 'makes report.html of a run folder, finished or not',
  positionals,
  flags,
  run: async (args, terminal) => {
    const parsed = parseFlags(flags, positionals, args)
    if (E.isLeft(parsed)) return failed(parsed.left, terminal)
    const written = await writeReport(resolve(terminal.cwd, parsed.right.positionals[0] ?? ''))()
    if (E.isLeft(written)) return failed(written.left, terminal)
    terminal.out(written.right)
    return exitCodes.done.code
  },
}
