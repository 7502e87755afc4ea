import { resolve } from 'node:path'
import { either as E, function as F, taskEither as TE } from 'fp-ts'
import { type workerStages, workOfConfig } from '../recipe/index.ts'
import { type Terminal, untilStopped } from '../run/index.ts'
import { type NatsOptions, nats, serve } from '../transport/index.ts'
import { configured } from './run/perform.ts'
import { told } from './run/told.ts'
import type { WorkerFlags } from './worker-flags.ts'

type Stage = (typeof workerStages)[number]

/** The configuration's work, and the connection to do it. */
const readyFor = (flags: WorkerFlags, stages: readonly Stage[], options: NatsOptions, terminal: Terminal) =>
  F.pipe(
    configured(flags.config ?? 'config.yaml', flags.set, terminal),
    TE.flatMap(config => {
      const directory = flags.out === undefined ? config.directory : resolve(terminal.cwd, flags.out)
      return workOfConfig(config, { stages, directory, env: terminal.env })
    }),
    TE.bindTo('work'),
    TE.bindW('transport', () => nats(options)),
  )

/** Works until it is stopped, or something ends it; its exit code, where that is not the usual one. */
export const worked = async (
  flags: WorkerFlags,
  names: readonly Stage[],
  options: NatsOptions,
  terminal: Terminal,
): Promise<number | undefined> => {
  const ready = await readyFor(flags, names, options, terminal)()
  if (E.isLeft(ready)) return told(ready.left, terminal)
  const { work, transport } = ready.right
  const { 'in-flight': inFlight = 4, deliveries } = flags
  const serving = serve(transport, {
    ...{ ...work, inFlight, told: words => terminal.err(words) },
    ...(deliveries === undefined ? {} : { deliveries }),
  })
  terminal.out(`${names.join(', ')} for run ${work.run} by ${transport.name}  (Ctrl-C ends it)`)
  const ended = await Promise.race([serving.ended, untilStopped().then(serving.close)])
  const { done, known, dead } = serving.counts()
  terminal.out(`${done} done, ${known} done before, ${dead} dead letters`)
  await transport.close()
  return E.isLeft(ended) ? told(ended.left, terminal) : undefined
}
