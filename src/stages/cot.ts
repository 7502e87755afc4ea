import { either as E, function as F, taskEither as TE } from 'fp-ts'
import type { CotRecord, VideoRecord } from '../dataset/index.ts'
import type { Fault, Policy, Stage } from '../flow/index.ts'
import { fault, stage } from '../flow/index.ts'
import type { Template } from '../process/index.ts'
import { parseProcesses } from '../process/index.ts'
import { accuracy as accuracyReward } from '../reward/index.ts'
import type { Annotator, Judge } from '../teacher/index.ts'
import { type HasChain, type HasFrames, type HasRecord, type HasVerified, recordId } from './items.ts'

/** Why a chain was not kept: a rejection is a fault of the chain, not of the run. */
export type Rejection = Fault<'OffTemplate' | 'WrongAnswer' | 'Insufficient'>

/** Step 1 of VideoP2R's data pipeline: the teacher writes observation, reasoning and answer for a clip. */
export const annotate = <A extends HasRecord & HasFrames>({
  annotator,
  prompt,
  policies = [],
}: {
  readonly annotator: Annotator
  readonly prompt: (record: VideoRecord) => string
  readonly policies?: readonly Policy<A>[]
}): Stage<A, A & HasChain> =>
  stage.adding({ name: 'annotate', item: recordId, policies }, ({ record, frames }: A, signal) =>
    F.pipe(
      annotator.annotate({ record, prompt: prompt(record), frames }, signal),
      TE.map(chain => ({ chain, annotator: annotator.name })),
    ),
  )

/**
 * Step 2: keeps chains that follow the template and whose answer scores at least `threshold` (0.6, section 7.2 of the paper) by the
 * metric of their problem type. Left: `OffTemplate` with place and reason, `WrongAnswer` with both answers.
 */
export const verify = <A extends HasRecord & HasChain, K extends string, T extends string>({
  template,
  answer,
  threshold = 0.6,
}: {
  readonly template: Template<K, T>
  /** The text of the answer among the parsed segments. */
  readonly answer: (texts: HasVerified<K, T>['texts']) => string
  readonly threshold?: number
}): Stage<A, A & HasVerified<K, T>> =>
  stage.addingEither({ name: 'verify', item: recordId }, ({ record, chain }: A) => {
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
      accuracyReward()(record.problemType)(given, record.answer),
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

/** Step 3: keeps chains whose observation alone supports the correct answer, as the judge says (equation 3). Left: `Insufficient`. */
export const judgeSufficiency = <A extends HasRecord & HasVerified<K, T>, K extends string, T extends string>({
  judge,
  observation,
  policies = [],
}: {
  readonly judge: Judge
  readonly observation: (texts: HasVerified<K, T>['texts']) => string
  readonly policies?: readonly Policy<A>[]
}): Stage<A, A> =>
  stage.fromTaskEither({ name: 'sufficiency', item: recordId, policies }, (item: A, signal) =>
    F.pipe(
      judge.judge({ record: item.record, observation: observation(item.texts) }, signal),
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
      TE.map(() => item),
    ),
  )

/** The kept chain as a record of a CoT data set: what is written to a file and read for supervised fine-tuning. */
export const toCotRecord = <
  A extends HasRecord & HasChain & HasVerified<K, T>,
  K extends string,
  T extends string,
>(split: {
  readonly observation: (texts: HasVerified<K, T>['texts']) => string
  readonly process: (texts: HasVerified<K, T>['texts']) => string
}): Stage<A, CotRecord> =>
  stage.pure({ name: 'record', item: recordId }, ({ record, chain, annotator, texts, accuracy }: A) => ({
    ...record,
    observation: split.observation(texts),
    process: split.process(texts),
    output: chain,
    reward: accuracy,
    annotator,
  }))
