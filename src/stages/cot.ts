import { either as E, function as F, taskEither as TE } from 'fp-ts'
import type { Observable } from 'rxjs'
import type { CotRecord, VideoRecord } from '../dataset/index.ts'
import type { Adding, Fault, Item, Known, Policy, Reading, Stage, Wanted } from '../flow/index.ts'
import { fault, stage } from '../flow/index.ts'
import type { Template } from '../process/index.ts'
import { parseProcesses } from '../process/index.ts'
import { accuracy as accuracyReward } from '../reward/index.ts'
import type { Annotator, Judge } from '../teacher/index.ts'
import { type HasChain, type HasFrames, type HasRecord, type HasVerified, type RecordOf, recordId } from './items.ts'

/** Why a chain was not kept: a rejection is a fault of the chain, not of the run. */
export type Rejection = Fault<'OffTemplate' | 'WrongAnswer' | 'Insufficient'>

/** Who writes chains of thought, what it is asked, and what to do when it fails. */
export interface AnnotateOptions<R extends VideoRecord> {
  readonly annotator: Annotator<R>
  readonly prompt: (record: R) => string
  readonly policies?: readonly Policy<HasRecord<R> & HasFrames>[]
}

/** Step 1 of VideoP2R's data pipeline: the teacher writes observation, reasoning and answer for a clip. */
export function annotate<A>(
  options: AnnotateOptions<RecordOf<NoInfer<A>>> & { readonly prompt: Known<A> },
): Reading<HasRecord & HasFrames, A, HasChain>
export function annotate<R extends VideoRecord>(options: AnnotateOptions<R>): Adding<HasRecord<R> & HasFrames, HasChain>
export function annotate<R extends VideoRecord>({
  annotator,
  prompt,
  policies = [],
}: AnnotateOptions<R>): Adding<HasRecord<R> & HasFrames, HasChain> {
  return stage.adding(
    { name: 'annotate', item: recordId, policies },
    ({ record, frames }: HasRecord<R> & HasFrames, signal) =>
      F.pipe(
        annotator.annotate({ record, prompt: prompt(record), frames }, signal),
        TE.map(chain => ({ chain, annotator: annotator.name })),
      ),
  )
}

/**
 * Step 2: keeps chains that follow the template and whose answer scores at least `threshold` (0.6, section 7.2 of the paper) by the
 * metric of their problem type. Left: `OffTemplate` with place and reason, `WrongAnswer` with both answers.
 */
export const verify = <K extends string, T extends string>({
  template,
  answer,
  threshold = 0.6,
}: {
  readonly template: Template<K, T>
  /** The text of the answer among the parsed segments. */
  readonly answer: (texts: HasVerified<K, T>['texts']) => string
  readonly threshold?: number
}): Adding<HasRecord & HasChain, HasVerified<K, T>> =>
  stage.addingEither({ name: 'verify', item: recordId }, ({ record, chain }: HasRecord & HasChain) => {
    const read = parseProcesses(template, chain)
    const texts: Partial<HasVerified<K, T>['texts']> = {}
    for (const process of template.processes) {
      const part = read[process]
      if (E.isLeft(part))
        return E.left<Fault>(fault('OffTemplate', part.left.cause, 'The chain is left out; nothing to be done.'))
      Object.assign(texts, { [process]: part.right })
    }
    const whole = texts as HasVerified<K, T>['texts']
    const given = answer(whole).trim()
    return F.pipe(
      accuracyReward()(record.problemType)(given, record.answer, { options: record.options }),
      E.filterOrElseW(
        accuracy => accuracy >= threshold,
        accuracy =>
          fault(
            'WrongAnswer',
            `the answer "${given.slice(0, 60)}" scores ${accuracy} against "${record.answer.slice(0, 60)}", ${threshold} is needed`,
            'The chain is left out; nothing to be done.',
          ),
      ),
      E.map(accuracy => ({ texts: whole, accuracy })),
    )
  })

/** Who judges, which text it is shown, and what to do when it fails. */
export interface SufficiencyOptions<R extends VideoRecord, K extends string, T extends string> {
  readonly judge: Judge<R>
  readonly observation: (texts: HasVerified<K, T>['texts']) => string
  readonly policies?: readonly Policy<HasRecord<R> & HasVerified<K, T>>[]
}

/** Lets items of a known type pass, or not. */
type Judging<A, K extends string, T extends string> = (
  this: Wanted<HasRecord & HasVerified<K, T>>,
  source: Observable<Item<A & HasVerified<K, T>>>,
) => Observable<Item<NoInfer<A> & HasVerified<K, T>>>

/** Step 3: keeps chains whose observation alone supports the correct answer, as the judge says (equation 3). Left: `Insufficient`. */
export function judgeSufficiency<A, K extends string, T extends string>(
  options: SufficiencyOptions<RecordOf<NoInfer<A>>, NoInfer<K>, NoInfer<T>> & { readonly observation: Known<A> },
): Judging<A, K, T>
export function judgeSufficiency<R extends VideoRecord, K extends string, T extends string>(
  options: SufficiencyOptions<R, K, T>,
): Adding<HasRecord<R> & HasVerified<K, T>, unknown>
export function judgeSufficiency<R extends VideoRecord, K extends string, T extends string>({
  judge,
  observation,
  policies = [],
}: SufficiencyOptions<R, K, T>): Adding<HasRecord<R> & HasVerified<K, T>, unknown> {
  return stage.adding(
    { name: 'sufficiency', item: recordId, policies },
    ({ record, texts }: HasRecord<R> & HasVerified<K, T>, signal) =>
      F.pipe(
        judge.judge({ record, observation: observation(texts) }, signal),
        TE.mapLeft((given): Fault => given),
        TE.filterOrElseW(
          ({ sufficient }) => sufficient,
          () =>
            fault(
              'Insufficient',
              'the observation alone does not support the correct answer',
              'The chain is left out; nothing to be done.',
            ),
        ),
        TE.map(() => ({})),
      ),
  )
}

/** Which texts of a chain are its observation and its process in a CoT record. */
export interface CotTexts<K extends string, T extends string> {
  readonly observation: (texts: HasVerified<K, T>['texts']) => string
  readonly process: (texts: HasVerified<K, T>['texts']) => string
}

/**
 * The kept chain as a record of a CoT data set: what is written to a file and read for supervised fine-tuning. Fields of the record's
 * own stay.
 */
export const toCotRecord = <R extends VideoRecord, K extends string, T extends string>(
  split: CotTexts<K, T>,
): Stage<HasRecord<R> & HasChain & HasVerified<K, T>, R & CotRecord> =>
  stage.pure(
    { name: 'record', item: recordId },
    ({ record, chain, annotator, texts, accuracy }: HasRecord<R> & HasChain & HasVerified<K, T>) => ({
      ...record,
      observation: split.observation(texts),
      process: split.process(texts),
      output: chain,
      reward: accuracy,
      annotator,
    }),
  )
