import { join, resolve } from 'node:path'
import { either as E, function as F, taskEither as TE } from 'fp-ts'
import { fault } from '../../flow/index.ts'
import { cut } from '../../untrusted/index.ts'
import { diagnose, findingLines } from '../diagnosis/diagnose.ts'
import { exitCodes } from '../exit.ts'
import type { RunFault } from '../fault.ts'
import { type Given, parseFlags, suggestion, type UsageFault } from '../flags.ts'
import { newestByKey } from '../newest.ts'
import { collectRows } from '../read-rows.ts'
import { loadRun } from '../report/load.ts'
import type { RunRecord } from '../report/record.ts'
import { failureRow, rolloutRow } from '../rows.ts'
import { oneLine } from '../status.ts'
import type { Command } from './command.ts'
import { failed } from './failed.ts'
import { failureLines, overviewLines, rolloutLines } from './lines.ts'

const flags = {
  rollouts: { kind: 'switch', help: 'prints rollouts instead of the overview' },
  why: { kind: 'switch', help: 'says why it may not learn, by its own numbers, instead of the overview' },
  failures: { kind: 'switch', help: 'prints failures instead of the overview' },
  phase: { kind: 'text', value: 'NAME', help: 'only of this phase, by its name in the overview' },
  id: { kind: 'text', value: 'ID', help: 'only of this record' },
  limit: { kind: 'integer', value: 'N', min: 1, help: 'the last N (10)' },
} as const
const positionals = ['RUN']
/** Characters of a line that is printed. */
const longestLine = 20_000

/** Every phase that something is known of. */
const phasesOf = ({ seconds, curves, rollouts, failedPhases }: RunRecord): readonly string[] => [
  ...new Set([
    ...Object.keys(seconds),
    ...curves.map(({ phase }) => phase),
    ...rollouts.map(({ phase }) => phase),
    ...failedPhases,
  ]),
]

/** Refuses a phase that the run does not have, and names those that it has. */
const checkPhase = (record: RunRecord, phase: string | undefined): E.Either<UsageFault, RunRecord> => {
  const known = phasesOf(record)
  return phase === undefined || known.includes(phase)
    ? E.right(record)
    : E.left(fault('Usage', `${phase} is no phase of ${record.name}`, suggestion(phase, known)))
}

type Lines = TE.TaskEither<RunFault, readonly string[]>

/** The last lines of a log that were asked for. */
const linesOf = (directory: string, { rollouts, phase, id, limit = 10 }: Given<typeof flags>): Lines => {
  const asked = (ofPhase: string, record: string): boolean =>
    (phase ?? ofPhase) === ofPhase && (id ?? record) === record
  const matching = <A>(isAsked: (row: A) => boolean, lines: (row: A) => readonly string[]) => {
    const newest = newestByKey<readonly string[]>(limit, () => '')
    return {
      add: (row: A): void => {
        if (isAsked(row)) newest.add(lines(row))
      },
      all: () => newest.all().flat(),
    }
  }
  return rollouts
    ? collectRows(rolloutRow, join(directory, 'rollouts.jsonl'), () =>
        matching(row => asked(row.phase, row.id), rolloutLines),
      )
    : collectRows(failureRow, join(directory, 'failures.jsonl'), () =>
        matching(row => asked(row.phase, row.item), failureLines),
      )
}

const whyLines = (record: RunRecord): readonly string[] => {
  const findings = diagnose(record).flatMap(findingLines)
  if (findings.length > 0) return findings
  return record.curves.length === 0
    ? ['No phase of this run wrote metrics: there is nothing to go by.']
    : ['Nothing in the numbers of this run speaks against its learning.']
}

/** `kinograd inspect RUN`: a run of any pipeline as text. */
export const inspectCommand: Command = {
  name: 'inspect',
  does: 'shows a run as text: overview, rollouts, failures',
  positionals,
  flags,
  run: async (args, terminal) => {
    const parsed = parseFlags(flags, positionals, args)
    if (E.isLeft(parsed)) return failed(parsed.left, terminal)
    const { flags: given, positionals: places } = parsed.right
    const directory = resolve(terminal.cwd, places[0] ?? '')
    const lines = await F.pipe(
      loadRun(directory),
      TE.flatMapEither((record): E.Either<RunFault | UsageFault, RunRecord> => checkPhase(record, given.phase)),
      TE.flatMap(
        (record): TE.TaskEither<RunFault | UsageFault, readonly string[]> =>
          given.why
            ? TE.right(whyLines(record))
            : given.rollouts || given.failures
              ? linesOf(directory, given)
              : TE.right(overviewLines(record)),
      ),
    )()
    if (E.isLeft(lines)) return failed(lines.left, terminal)
    for (const line of lines.right) terminal.out(oneLine(cut(line, longestLine)))
    if (lines.right.length === 0) terminal.out('Nothing matches.')
    return exitCodes.done.code
  },
}
