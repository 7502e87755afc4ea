import { resolve } from 'node:path'
import { either as E } from 'fp-ts'
import { type Fault, fault } from '../flow/index.ts'
import { type Command, exitCodes, failed, parseFlags, suggestion, type Terminal } from '../run/index.ts'
import { headings } from './headings.ts'
import { workerFlags } from './worker-flags.ts'

/** Stages as they are named on the command line. Left: `Usage`. */
const stagesOf = <S extends string>(given: string | undefined, known: readonly S[]): E.Either<Fault, readonly S[]> => {
  const names = (given ?? '').split(',').map(name => name.trim())
  const strange = names.find(name => !known.some(one => one === name))
  return strange === undefined
    ? E.right(known.filter(one => names.includes(one)))
    : E.left(fault('Usage', `--stage is ${given ?? 'missing'}`, suggestion(strange, known)))
}

/** `kinograd worker --stage decode,annotate,judge --nats URL`. What it does is loaded when it is asked for. */
export const workerCommand: Command = {
  ...headings.worker,
  flags: workerFlags,
  run: async (args: readonly string[], terminal: Terminal): Promise<number> => {
    const parsed = parseFlags(workerFlags, [], args)
    if (E.isLeft(parsed)) return failed(parsed.left, terminal)
    const { flags } = parsed.right
    const { workerStages } = await import('../recipe/index.ts')
    const stages = stagesOf(flags.stage, workerStages)
    if (E.isLeft(stages)) return failed(stages.left, terminal)
    if (flags.nats === undefined)
      return failed(
        fault('Usage', '--nats is missing', 'Give the address of a server: nats://127.0.0.1:4222.'),
        terminal,
      )
    const { worked } = await import('./worker-run.ts')
    const at = (path: string | undefined) => (path === undefined ? undefined : resolve(terminal.cwd, path))
    const { nats: url, credentials, ca, cert, key } = flags
    const files = Object.entries({ credentials: at(credentials), ca: at(ca), cert: at(cert), key: at(key) })
    const options = { url, ...Object.fromEntries(files.filter(([, path]) => path !== undefined)) }
    return (await worked(flags, stages.right, options, terminal)) ?? exitCodes.done.code
  },
}
