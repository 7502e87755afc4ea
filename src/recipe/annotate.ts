import type { Observable } from 'rxjs'
import type { CotRecord } from '../dataset/index.ts'
import { gate, type Item, pipeline, type Stage, stage, within } from '../flow/index.ts'
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

/** What the pipeline of chains is made of. */
export interface ChainParts {
  readonly recipe: Pick<AnyRecipe, 'media' | 'template'>
  readonly data: Pick<Annotation<string>, 'tags' | 'threshold' | 'inFlight'>
  readonly teachers: Teachers
}

/** What happens to a record that was looked at: it is annotated; then verified, judged where there are a judge and an observation, made a chain. */
export const chainStages = ({
  recipe: { template },
  data: { tags, threshold },
  teachers: { annotator, judge, prompt },
}: ChainParts) => {
  const text = (tag: string | undefined) => textOf(template, tag)
  const observation = text(tags.observation)
  const verify = S.verify({ template, answer: text(tags.answer), ...(threshold === undefined ? {} : { threshold }) })
  const toRecord = S.toCotRecord({ observation, process: text(tags.think) })
  const sorted =
    judge === undefined || tags.observation === undefined
      ? pipeline('sort', stage.taking<S.HasRecord & S.HasChain>(), verify, toRecord)
      : pipeline(
          'sort',
          stage.taking<S.HasRecord & S.HasChain>(),
          verify,
          S.judgeSufficiency({ judge, observation }),
          toRecord,
        )
  return { annotate: S.annotate({ annotator, prompt }), sorted }
}

/** What happens to one record here. */
const chainOf = (parts: ChainParts) => {
  const { annotate, sorted } = chainStages(parts)
  return pipeline('CoT data', look(parts.recipe.media), annotate, sorted)
}

/** Steps 1 to 3 of the data pipeline: annotate, verify, judge. Rejected chains are `Left`s that say why. `elsewhere` does them on workers. */
export const annotatedChains = (
  { recipe, run }: Pick<Job, 'recipe' | 'run'>,
  data: ChainParts['data'],
  teachers: Teachers,
  records: Observable<Item<S.HasRecord>>,
  elsewhere?: Stage<S.HasRecord, CotRecord>,
): Observable<Item<CotRecord>> => {
  const scope = gate({ name: 'annotation', inFlight: widthOf(data, elsewhere !== undefined) })
  const chains = elsewhere ?? chainOf({ recipe, data, teachers })
  return records.pipe(within(scope, chains, { item: S.recordId }), shown(run, scope))
}

/** Records annotated at the same time, here or by all workers together. */
export const widthOf = ({ inFlight }: ChainParts['data'], elsewhere: boolean): number =>
  inFlight ?? (elsewhere ? 32 : 4)
