import { resolve } from 'node:path'
import { either as E } from 'fp-ts'
import { fault } from '../../flow/index.ts'
import { exitCodes } from '../exit.ts'
import { parseFlags } from '../flags.ts'
import { serveRun } from '../live/serve.ts'
import { untilStopped } from '../until-stopped.ts'
import type { Command } from './command.ts'
import { failed } from './failed.ts'

const flags = {
  port: { kind: 'integer', value: 'N', min: 1, help: 'this port; without it the first free one from 7070 on' },
} as const
const positionals = ['RUN']
const lastPort = 65_535

/** `kinograd ui RUN`. */
export const uiCommand: Command = {
  name: 'ui',
  does: 'serves the page of a run to this machine, growing as the run writes; Ctrl-C ends it',
  positionals,
  flags,
  run: async (args, terminal) => {
    const parsed = parseFlags(flags, positionals, args)
    if (E.isLeft(parsed)) return failed(parsed.left, terminal)
    const { port } = parsed.right.flags
    if (port !== undefined && port > lastPort)
      return failed(fault('Usage', `--port is ${port}`, `Give a whole number from 1 to ${lastPort}.`), terminal)
    const served = await serveRun({ directory: resolve(terminal.cwd, parsed.right.positionals[0] ?? ''), port })()
    if (E.isLeft(served)) return failed(served.left, terminal)
    terminal.out(`${served.right.address}  (Ctrl-C ends it; the run is only read)`)
    await untilStopped()
    await served.right.close()
    return exitCodes.done.code
  },
}
