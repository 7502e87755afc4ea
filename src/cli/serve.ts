import { join, resolve } from 'node:path'
import { either as E, function as F, taskEither as TE } from 'fp-ts'
import { readKeys, servedCheckpoint, serveTinker } from '../engine/tinker/index.ts'
import { type Fault, fault } from '../flow/index.ts'
import { type Command, exitCodes, failed, parseFlags, untilStopped } from '../run/index.ts'
import { headings } from './headings.ts'

const flags = {
  checkpoint: { kind: 'text', value: 'DIR', help: 'the folder of a checkpoint, as Hugging Face has it' },
  port: { kind: 'integer', value: 'N', min: 0, help: 'this port; 0 takes a free one. 8765 when not given' },
  host: { kind: 'text', value: 'ADDRESS', help: 'address to listen on; 127.0.0.1 when not given, others take --keys' },
  keys: { kind: 'text', value: 'FILE', help: 'keys of those who may come in, one a line' },
  state: { kind: 'text', value: 'DIR', help: 'where saved weights lie; DIR/served of the checkpoint when not given' },
  name: { kind: 'text', value: 'NAME', help: 'by this name clients ask for the model; the folder when not given' },
  models: { kind: 'integer', value: 'N', min: 1, help: 'models that may be open at once; 16 when not given' },
  backend: {
    kind: 'text',
    value: 'NAME',
    choices: ['native', 'wasm', 'cpu'],
    help: 'what computes; the best that starts when not given',
  },
} as const
const lastPort = 65_535

/** `kinograd serve --checkpoint DIR`. */
export const serveCommand: Command = {
  ...headings.serve,
  flags,
  run: async (args, terminal) => {
    const parsed = parseFlags(flags, [], args)
    if (E.isLeft(parsed)) return failed(parsed.left, terminal)
    const { checkpoint, port = 8765, host, keys, state, name, models, backend } = parsed.right.flags
    if (checkpoint === undefined)
      return failed(fault('Usage', '--checkpoint is missing', 'Give the folder of a checkpoint.'), terminal)
    if (port > lastPort)
      return failed(fault('Usage', `--port is ${port}`, `Give a whole number from 0 to ${lastPort}.`), terminal)
    const at = (path: string): string => resolve(terminal.cwd, path)
    const started = await F.pipe(
      keys === undefined ? TE.right<Fault, readonly string[]>([]) : readKeys(at(keys)),
      TE.bindTo('known'),
      TE.bindW('policy', () => servedCheckpoint(at(checkpoint), { name, backend })),
      TE.bindW('serving', ({ known, policy }) =>
        serveTinker({
          ...{ policy, port, keys: known },
          directory: state === undefined ? join(at(checkpoint), 'served') : at(state),
          ...(host === undefined ? {} : { host }),
          ...(models === undefined ? {} : { models }),
        }),
      ),
    )()
    if (E.isLeft(started)) return failed(started.left, terminal)
    const { policy, serving } = started.right
    terminal.out(`${serving.address}  serves ${policy.name}  (Ctrl-C ends it)`)
    await untilStopped()
    await serving.close()
    policy.dispose()
    return exitCodes.done.code
  },
}
