import { dirname, resolve } from 'node:path'
import { either as E, function as F, taskEither as TE } from 'fp-ts'
import { type Fault, fault, messageOf } from '../../flow/index.ts'
import { type Command, exitCodes, failed, parseFlags, tableText, writeWhole } from '../../run/index.ts'
import { findingsPage, findingsTables, type SimulationFindings } from '../../simulation/index.ts'
import { headings } from '../headings.ts'
import { told } from '../run/told.ts'
import { performSimulation, readSimulation } from './perform.ts'

const flags = {
  page: { kind: 'text', value: 'FILE.html', help: 'writes a page with figures' },
  seed: { kind: 'integer', value: 'N', min: 0, help: 'of what is drawn; that of CONFIG, or 0, when not given' },
} as const

const pageTo = (path: string, found: SimulationFindings): TE.TaskEither<Fault, void> =>
  F.pipe(
    TE.tryCatch(
      () => findingsPage(found),
      (error): Fault => fault('BadRow', `the page cannot be drawn: ${messageOf(error)}`, 'Report this with CONFIG.'),
    ),
    TE.flatMap(page => writeWhole(path, page)),
  )

/** Checks that are further off than they may be. */
const tooFar = ({ checks, within }: SimulationFindings): Fault | undefined => {
  const far = checks.filter(({ off }) => !(Math.abs(off) <= within))
  const [first] = far
  return first === undefined
    ? undefined
    : fault(
        'TooFar',
        `${far.length} of ${checks.length} checks are off by more than ${(100 * within).toFixed(0)} %, the first: ${first.name}, measured ${first.measured.toFixed(2)} s, simulated ${first.simulated.toFixed(2)} s`,
        'Calibrate on runs of the same machine while it does nothing else, with several sizes of batch and group.',
      )
}

/** `kinograd simulate CONFIG`. */
export const simulateCommand: Command = {
  ...headings.simulate,
  flags,
  run: async (args, terminal) => {
    const parsed = parseFlags(flags, headings.simulate.positionals, args)
    if (E.isLeft(parsed)) return failed(parsed.left, terminal)
    const { page, seed } = parsed.right.flags
    const path = resolve(terminal.cwd, parsed.right.positionals[0] ?? '')
    const done = await F.pipe(
      readSimulation(path),
      TE.flatMap(settings =>
        performSimulation(settings, { directory: dirname(path), ...(seed === undefined ? {} : { seed }) }),
      ),
      TE.tap(found => (page === undefined ? TE.right(undefined) : pageTo(resolve(terminal.cwd, page), found))),
    )()
    if (E.isLeft(done)) return told(done.left, terminal)
    for (const { title, table } of findingsTables(done.right)) {
      terminal.out(title)
      for (const line of tableText(table).split('\n')) terminal.out(line)
    }
    if (page !== undefined) terminal.out(resolve(terminal.cwd, page))
    const far = tooFar(done.right)
    return far === undefined ? exitCodes.done.code : failed(far, terminal)
  },
}
