import { existsSync } from 'node:fs'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { either as E, function as F, taskEither as TE } from 'fp-ts'
import type { Fault } from 'kinograd/flow'
import { type Run, writeReport } from 'kinograd/run'
import { phaseNames } from './presets.ts'
import { videop2rSections } from './report/sections.ts'
import { type Summary, videop2rSummary } from './summary.ts'

const reportOf = ({ directory }: Run): string => join(directory, 'report.html')

/** Writes the page of a run. */
const report = (run: Run, summary: Summary): TE.TaskEither<Fault, unknown> => {
  run.status?.begin('report')
  return TE.tapIO(() => () => run.status?.end('report'))(writeReport(run.directory, videop2rSections(summary)))
}

/** Writes what a run came to: summary.json, then the page. A page of before does not outlive what it was made of. */
export const conclude = (run: Run, summary: Summary): TE.TaskEither<Fault, unknown> =>
  F.pipe(
    TE.fromTask<void, Fault>(() => rm(reportOf(run), { force: true })),
    TE.flatMap(() => run.summary(summary)),
    TE.flatMap(() => report(run, summary)),
  )

/** The summary of a run that was finished before; undefined where it is not, or where a phase is to be done again. */
const finishedSummary = async (run: Run): Promise<Summary | undefined> => {
  if (phaseNames.some(name => name !== 'report' && run.ledger.done(name) === undefined)) return undefined
  const text = await readFile(join(run.directory, 'summary.json'), 'utf8').catch(() => '')
  const read = F.pipe(
    E.tryCatch((): unknown => JSON.parse(text), String),
    E.flatMap(videop2rSummary.decode),
  )
  return E.isRight(read) ? read.right : undefined
}

/** What a finished run came to, as it stands; a page that is missing is made again, and nothing else is changed. */
export const finishedBefore =
  (run: Run): TE.TaskEither<Fault, Summary | undefined> =>
  async () => {
    const summary = await finishedSummary(run)
    if (summary === undefined || existsSync(reportOf(run))) return E.right(summary)
    return TE.map(() => summary)(report(run, summary))()
  }
