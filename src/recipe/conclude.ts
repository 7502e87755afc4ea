import { existsSync } from 'node:fs'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { either as E, function as F, taskEither as TE } from 'fp-ts'
import type { Fault } from '../flow/index.ts'
import { type Run, writeReport } from '../run/index.ts'
import type { AnyRecipe } from './job.ts'
import { namesOf } from './page/names.ts'
import { recipeSections } from './page/sections.ts'
import { type RunSummary, runSummary } from './summary.ts'
import { phasesOf } from './titles.ts'

const reportOf = ({ directory }: Run): string => join(directory, 'report.html')

/** Writes the page of a run. */
const report = (recipe: AnyRecipe, run: Run, summary: RunSummary): TE.TaskEither<Fault, unknown> => {
  run.status?.begin('report')
  return TE.tapIO(() => () => run.status?.end('report'))(
    writeReport(run.directory, recipeSections(summary, namesOf(recipe))),
  )
}

/** Writes what a run came to: summary.json, then the page. A page of before does not outlive what it was made of. */
export const conclude = (recipe: AnyRecipe, run: Run, summary: RunSummary): TE.TaskEither<Fault, unknown> =>
  F.pipe(
    TE.fromTask<void, Fault>(() => rm(reportOf(run), { force: true })),
    TE.flatMap(() => run.summary(summary)),
    TE.flatMap(() => report(recipe, run, summary)),
  )

/** The summary of a run that was finished before; undefined where it is not, or where a phase is to be done again. */
const finishedSummary = async (recipe: AnyRecipe, run: Run): Promise<RunSummary | undefined> => {
  if (phasesOf(recipe).some(name => run.ledger.done(name) === undefined)) return undefined
  const text = await readFile(join(run.directory, 'summary.json'), 'utf8').catch(() => '')
  const read = F.pipe(
    E.tryCatch((): unknown => JSON.parse(text), String),
    E.flatMap(runSummary.decode),
  )
  return E.isRight(read) ? read.right : undefined
}

/** What a finished run came to, as it stands; a page that is missing is made again, and nothing else is changed. */
export const finishedBefore =
  (recipe: AnyRecipe, run: Run): TE.TaskEither<Fault, RunSummary | undefined> =>
  async () => {
    const summary = await finishedSummary(recipe, run)
    if (summary === undefined || existsSync(reportOf(run))) return E.right(summary)
    return TE.map(() => summary)(report(recipe, run, summary))()
  }
