import { function as F, taskEither as TE } from 'fp-ts'
import type { Fault } from '../flow/index.ts'
import { phase } from '../run/index.ts'
import { cotState, makeCotData } from './data-phase.ts'
import type { Job } from './job.ts'
import { type RetentionByType, retention } from './summary.ts'
import { titlesOf } from './titles.ts'

/** What the data phase came to, and who wrote and judged the chains. */
export interface Annotated {
  readonly teacher: string
  readonly judge?: string
  readonly retention: RetentionByType
}

/** The data phase of a recipe, done once; undefined where it has none. */
export const dataDone = (job: Job): TE.TaskEither<Fault, Annotated | undefined> => {
  const { data } = job.recipe
  const title = titlesOf(job.recipe).data
  if (data === undefined || title === undefined) return TE.right(undefined)
  return F.pipe(
    data.teachers,
    TE.bindTo('teachers'),
    TE.bind('kept', ({ teachers }) =>
      phase(job.run, title, retention, points => makeCotData(job, { phase: title, data, teachers }, points), {
        state: cotState,
        reads: data.records.files,
      }),
    ),
    TE.map(({ teachers: { annotator, judge }, kept }) => ({
      teacher: annotator.name,
      ...(judge === undefined ? {} : { judge: judge.name }),
      retention: kept,
    })),
  )
}
