import type { Observable } from 'rxjs'
import type { CotRecord } from '../dataset/index.ts'
import { gate, type Item, pipeline, within } from '../flow/index.ts'
import type { Template } from '../process/index.ts'
import * as S from '../stages/index.ts'
import type { Annotation, Teachers } from './annotation.ts'
import type { AnyRecipe, Job } from './job.ts'
import { look } from './look.ts'
import { shown } from './shown.ts'

type Texts = S.HasVerified<string, string>['texts']

/** The text of a tag, whichever process it belongs to; of all tags together where none is named. */
const textOf = ({ segments }: Template<string>, tag: string | undefined) => {
  const named = segments.filter(one => tag === undefined || one.tag === tag)
  return (texts: Texts): string => named.map(one => texts[one.process]?.[one.tag] ?? '').join(' ')
}

/** What happens to one record: looked at, annotated, verified, judged where there are a judge and an observation, made a chain. */
const chainOf = (
  { media, template }: Pick<AnyRecipe, 'media' | 'template'>,
  { tags, threshold }: Pick<Annotation<string>, 'tags' | 'threshold'>,
  { annotator, judge, prompt }: Teachers,
) => {
  const text = (tag: string | undefined) => textOf(template, tag)
  const observation = text(tags.observation)
  const verify = S.verify({ template, answer: text(tags.answer), ...(threshold === undefined ? {} : { threshold }) })
  const toRecord = S.toCotRecord({ observation, process: text(tags.think) })
  const annotate = S.annotate({ annotator, prompt })
  return judge === undefined || tags.observation === undefined
    ? pipeline('CoT data', look(media), annotate, verify, toRecord)
    : pipeline('CoT data', look(media), annotate, verify, S.judgeSufficiency({ judge, observation }), toRecord)
}

/** Steps 1 to 3 of the data pipeline: annotate, verify, judge. Rejected chains are `Left`s that say why. */
export const annotatedChains = (
  { recipe, run }: Pick<Job, 'recipe' | 'run'>,
  data: Pick<Annotation<string>, 'tags' | 'threshold' | 'inFlight'>,
  teachers: Teachers,
  records: Observable<Item<S.HasRecord>>,
): Observable<Item<CotRecord>> => {
  const scope = gate({ name: 'annotation', inFlight: data.inFlight ?? 4 })
  return records.pipe(within(scope, chainOf(recipe, data, teachers), { item: S.recordId }), shown(run, scope))
}
