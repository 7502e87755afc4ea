import { join, resolve } from 'node:path'
import { either as E, function as F, taskEither as TE } from 'fp-ts'
import { exitCodes } from '../exit.ts'
import type { RunFault } from '../fault.ts'
import { parseFlags } from '../flags.ts'
import { phaseSeconds } from '../phase.ts'
import { readRows } from '../read-rows.ts'
import { loadReport } from '../report/load.ts'
import { type FailureRow, failureRow, type RolloutRow, rolloutRow } from '../rows.ts'
import { duration, oneLine } from '../status.ts'
import { policyTable } from '../table.ts'
import type { Command } from './command.ts'
import { failed } from './failed.ts'

const flags = {
  rollouts: { kind: 'switch', help: 'prints rollouts instead of the overview' },
  failures: { kind: 'switch', help: 'prints failures instead of the overview' },
  phase: { kind: 'text', value: 'NAME', help: 'only of this phase, as rl/paGrpo' },
  id: { kind: 'text', value: 'ID', help: 'only of this record' },
  limit: { kind: 'integer', value: 'N', min: 1, help: 'the last N (10)' },
} as const
const positionals = ['RUN']

const last = <A>(limit: number, matches: (row: A) => boolean) => {
  const kept: A[] = []
  const keep = (row: A): boolean => {
    if (matches(row)) kept.push(row)
    if (kept.length > limit) kept.shift()
    return false
  }
  return { kept, keep }
}

const scores = (row: RolloutRow): string =>
  Object.entries(row.rewards)
    .map(([name, reward]) => `${name} ${reward ?? 'unscored'} (advantage ${(row.advantages[name] ?? 0).toFixed(2)})`)
    .join(', ')

const rolloutLines = (row: RolloutRow): readonly string[] => [
  `${row.phase} step ${row.step}, record ${row.id} (${row.problemType}): ${row.problem}`,
  `  right answer: ${row.answer}`,
  `  ${scores(row)}`,
  ...(row.segments ?? [{ process: null, text: row.completion }])
    .filter(({ text }) => text.trim() !== '')
    .map(({ process, text }) => `  ${process === null ? '' : `[${process}] `}${text.trim()}`),
]

const failureLines = (row: FailureRow): readonly string[] => [
  `${row.phase}, ${row.stage}, ${row.item}: ${row.cause} (${row.tag}). ${row.remedy}`,
]

const overview = (directory: string): TE.TaskEither<RunFault, readonly string[]> =>
  F.pipe(
    TE.Do,
    TE.bind('data', () => loadReport(directory)),
    TE.bind('seconds', () => phaseSeconds({ directory })),
    TE.map(({ data, seconds }) => [
      `${data.name}: ${data.summary === undefined ? 'not finished' : `finished, preset ${data.summary.preset}, seed ${data.summary.seed}`}`,
      ...Object.entries(seconds).map(([name, took]) => `  ${name} was finished in ${duration(took * 1000)}`),
      ...(data.summary === undefined ? [] : policyTable(data.summary).split('\n')),
      ...[...new Set(data.rollouts.map(({ phase }) => phase))].map(
        phase => `  rollouts of ${phase} (--rollouts --phase ${phase})`,
      ),
      ...Object.entries(data.failureCounts).map(([tag, count]) => `  ${count} failures ${tag} (--failures)`),
    ]),
  )

/** `kinograd inspect RUN`: a run as text. */
export const inspectCommand: Command = {
  name: 'inspect',
  does: 'shows a run as text: overview, rollouts, failures',
  positionals,
  flags,
  run: async (args, terminal) => {
    const parsed = parseFlags(flags, positionals, args)
    if (E.isLeft(parsed)) return failed(parsed.left, terminal)
    const { rollouts, failures, phase, id, limit = 10 } = parsed.right.flags
    const directory = resolve(terminal.cwd, parsed.right.positionals[0] ?? '')
    const matching = last<RolloutRow>(limit, row => (phase ?? row.phase) === row.phase && (id ?? row.id) === row.id)
    const broken = last<FailureRow>(limit, row => (phase ?? row.phase) === row.phase && (id ?? row.item) === row.item)
    const lines = await F.pipe(
      overview(directory),
      TE.flatMap(text => {
        if (rollouts)
          return F.pipe(
            readRows(rolloutRow, join(directory, 'rollouts.jsonl'), matching.keep),
            TE.map(() => matching.kept.flatMap(rolloutLines)),
          )
        if (failures)
          return F.pipe(
            readRows(failureRow, join(directory, 'failures.jsonl'), broken.keep),
            TE.map(() => broken.kept.flatMap(failureLines)),
          )
        return TE.right(text)
      }),
    )()
    if (E.isLeft(lines)) return failed(lines.left, terminal)
    for (const line of lines.right) terminal.out(oneLine(line))
    if (lines.right.length === 0) terminal.out('Nothing matches.')
    return exitCodes.done.code
  },
}
