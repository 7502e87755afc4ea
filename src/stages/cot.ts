import { either as E, type taskEither as TE } from 'fp-ts'
import type { Observable } from 'rxjs'
import type { CotRecord, VideoRecord } from '../dataset/index.ts'
import type { Adding, Fault, Item, Known, Policy, Reading, Stage, Wanted, Work } from '../flow/index.ts'
import { fault, stage } from '../flow/index.ts'
import type { Template } from '../process/index.ts'
import { type ProcessTexts, parseProcesses } from '../process/index.ts'
import { accuracy as accuracyReward } from '../reward/index.ts'
import type { Annotator, Judge } from '../teacher/index.ts'
import { joined } from '../untrusted/index.ts'
import { type HasChain, type HasFrames, type HasRecord, type HasVerified, type RecordOf, recordId } from './items.ts'

const score = accuracyReward()

/** Why a chain was not kept: a rejection is a fault of the chain, not of the run. */
export type Rejection = Fault<'OffTemplate' | 'WrongAnswer' | 'Insufficient'>

/** For work that looks at no signal. */
const never = new AbortController().signal

/** Work as it is, or without a signal where what it asks declares none: making one an item costs more than a small item. */
const signalled = <A, B>(parameters: number, work: Work<A, B>): Work<A, B> =>
  parameters === 1 ? (a: A) => work(a, never) : work

/** Who writes chains of thought, what it is asked, and what to do when it fails. */
export interface AnnotateOptions<R extends VideoRecord> {
  readonly annotator: Annotator<R>
  readonly prompt: (record: R) => string
  readonly policies?: readonly Policy<HasRecord<R> & HasFrames>[]
}

/**
 * A teacher writes a chain of thought for a clip: step 1 of VideoP2R's data pipeline (arXiv 2511.11113). Reads `record` and
 * `frames`, adds `chain`, the whole text as the teacher wrote it, and `annotator`, who wrote it. `prompt` says what the teacher is asked
 * (`generationPrompt`).
 *
 * One request at a time and in order; a scope around it (`within`) asks several at once. `policies` say what follows a failure
 * (`retry(…)`, `timeout(…)`). Left: the faults of the teacher, `Refused` and `Truncated` among them.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E, taskEither as TE } from 'fp-ts'
 * import type { VideoRecord } from 'kinograd/dataset'
 * import { items } from 'kinograd/flow'
 * import { annotate } from 'kinograd/stages'
 * import type { Annotator } from 'kinograd/teacher'
 * import { firstValueFrom } from 'rxjs'
 *
 * const more = { options: [], path: 'a.mp4', source: '' }
 * const record: VideoRecord = { ...more, id: 'a', problem: 'How many balls?', answer: '3', problemType: 'numerical', dataType: 'video' }
 * const frames = { data: new Uint8Array(28 * 28 * 3), count: 1, width: 28, height: 28, times: [0] }
 * const annotator: Annotator = { name: 'script', annotate: ({ record }) => TE.right(`<answer>${record.answer}</answer>`) }
 * const item = await firstValueFrom(
 *   items([{ record, frames }]).pipe(annotate({ annotator, prompt: ({ problem }) => `Look closely. ${problem}` })),
 * )
 * assert(E.isRight(item))
 * assert.equal(item.right.chain, '<answer>3</answer>')
 * ```
 */
export function annotate<A>(
  options: AnnotateOptions<RecordOf<NoInfer<A>>> & { readonly prompt: Known<A> },
): Reading<HasRecord & HasFrames, A, HasChain>
export function annotate<R extends VideoRecord>(options: AnnotateOptions<R>): Adding<HasRecord<R> & HasFrames, HasChain>
export function annotate<R extends VideoRecord>({
  annotator,
  prompt,
  policies = [],
}: AnnotateOptions<R>): Adding<HasRecord<R> & HasFrames, HasChain> {
  const ask = ({ record, frames }: HasRecord<R> & HasFrames, signal: AbortSignal): TE.TaskEither<Fault, HasChain> => {
    const asked = annotator.annotate({ record, prompt: prompt(record), frames }, signal)
    return async () => {
      const said = await asked()
      return E.isLeft(said) ? said : E.right({ chain: said.right, annotator: annotator.name })
    }
  }
  return stage.adding({ name: 'annotate', item: recordId, policies }, signalled(annotator.annotate.length, ask))
}

/**
 * Keeps chains that follow the template and end in a right answer: step 2 of VideoP2R's data pipeline. Reads `record` and `chain`, adds
 * `texts`, the segments of the chain by process and tag, and `accuracy`, what the answer scored by the metric of its problem type. The
 * answer must score `threshold` or more, 0.6 by default (arXiv 2511.11113, section 7.2). Items keep their order.
 *
 * Left: `OffTemplate`, with place and reason; `WrongAnswer`, with both answers; `BadTruth` and its like, where the record's own answer
 * cannot be scored.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import type { VideoRecord } from 'kinograd/dataset'
 * import { items } from 'kinograd/flow'
 * import { template } from 'kinograd/process'
 * import { verify } from 'kinograd/stages'
 * import { lastValueFrom, toArray } from 'rxjs'
 *
 * const more = { options: [], path: 'a.mp4', source: '' }
 * const record: VideoRecord = { ...more, id: 'a', problem: 'How many balls?', answer: '3', problemType: 'numerical', dataType: 'video' }
 * const tags = template({ perception: ['observation'], reasoning: ['answer'] })
 * const chains = ['3', '4'].map(n => `<observation>some balls</observation><answer>${n}</answer>`)
 * const read = await lastValueFrom(
 *   items(chains.map(chain => ({ record, chain, annotator: 'script' }))).pipe(
 *     verify({ template: tags, answer: ({ reasoning }) => reasoning.answer ?? '' }),
 *     toArray(),
 *   ),
 * )
 * assert.deepEqual(read.map(item => (E.isRight(item) ? item.right.accuracy : item.left.fault._tag)), [1, 'WrongAnswer'])
 * ```
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
    const texts: Partial<Record<K, ProcessTexts<T>>> = {}
    for (const process of template.processes) {
      const part = read[process]
      if (E.isLeft(part))
        return E.left<Fault>(fault('OffTemplate', part.left.cause, 'The chain is left out; nothing to be done.'))
      texts[process] = part.right
    }
    const whole = texts as HasVerified<K, T>['texts']
    const given = answer(whole).trim()
    const scored = score(record.problemType)(given, record.answer, { options: record.options })
    if (E.isLeft(scored)) return scored
    const accuracy = scored.right
    return accuracy >= threshold
      ? E.right({ texts: whole, accuracy })
      : E.left<Fault>(
          fault(
            'WrongAnswer',
            `the answer "${given.slice(0, 60)}" scores ${accuracy} against "${record.answer.slice(0, 60)}", ${threshold} is needed`,
            'The chain is left out; nothing to be done.',
          ),
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

/**
 * Keeps chains whose observation alone supports the correct answer, as a judge says: step 3 of VideoP2R's data pipeline (arXiv
 * 2511.11113, equation 3). Reads `record` and `texts`, adds nothing. One question at a time and in order; a scope around it asks several
 * at once. Left: `Insufficient`, and the faults of the judge.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E, taskEither as TE } from 'fp-ts'
 * import type { VideoRecord } from 'kinograd/dataset'
 * import { items } from 'kinograd/flow'
 * import { videoP2R } from 'kinograd/process'
 * import { judgeSufficiency, verify } from 'kinograd/stages'
 * import type { Judge } from 'kinograd/teacher'
 * import { lastValueFrom, toArray } from 'rxjs'
 *
 * const more = { options: [], path: 'a.mp4', source: '' }
 * const record: VideoRecord = { ...more, id: 'a', problem: 'How many balls?', answer: '3', problemType: 'numerical', dataType: 'video' }
 * const judge: Judge = {
 *   name: 'rule',
 *   judge: ({ record, observation }) => TE.right({ sufficient: observation.includes(record.answer) }),
 * }
 * const chains = ['3 balls', 'fog'].map(seen => `<observation>${seen}</observation><think>So…</think><answer>3</answer>`)
 * const kept = await lastValueFrom(
 *   items(chains.map(chain => ({ record, chain, annotator: 'script' }))).pipe(
 *     verify({ template: videoP2R, answer: texts => texts.reasoning.answer ?? '' }),
 *     judgeSufficiency({ judge, observation: texts => texts.perception.observation ?? '' }),
 *     toArray(),
 *   ),
 * )
 * assert.deepEqual(kept.map(item => (E.isRight(item) ? 'kept' : item.left.fault._tag)), ['kept', 'Insufficient'])
 * ```
 */
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
  const ask = (
    { record, texts }: HasRecord<R> & HasVerified<K, T>,
    signal: AbortSignal,
  ): TE.TaskEither<Fault, object> => {
    const asked = judge.judge({ record, observation: observation(texts) }, signal)
    return async () => {
      const judged = await asked()
      if (E.isLeft(judged)) return judged
      return judged.right.sufficient
        ? E.right({})
        : E.left(
            fault(
              'Insufficient',
              'the observation alone does not support the correct answer',
              'The chain is left out; nothing to be done.',
            ),
          )
    }
  }
  return stage.adding({ name: 'sufficiency', item: recordId, policies }, signalled(judge.judge.length, ask))
}

/** Which texts of a chain are its observation and its process in a CoT record. */
export interface CotTexts<K extends string, T extends string> {
  readonly observation: (texts: HasVerified<K, T>['texts']) => string
  readonly process: (texts: HasVerified<K, T>['texts']) => string
}

/**
 * The kept chain as a record of a CoT data set: what `writeRecords` writes and `readCot` reads for supervised fine-tuning. Reads
 * `record`, `chain`, `annotator`, `texts` and `accuracy`; the item becomes the record, and fields of the record's own stay. Items keep
 * their order. No Left.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import type { VideoRecord } from 'kinograd/dataset'
 * import { items } from 'kinograd/flow'
 * import { videoP2R } from 'kinograd/process'
 * import { toCotRecord, verify } from 'kinograd/stages'
 * import { firstValueFrom } from 'rxjs'
 *
 * const more = { options: [], path: 'a.mp4', source: '' }
 * const record: VideoRecord = { ...more, id: 'a', problem: 'How many balls?', answer: '3', problemType: 'numerical', dataType: 'video' }
 * const chain = '<observation>3 balls</observation><think>I count 3.</think><answer>3</answer>'
 * const item = await firstValueFrom(
 *   items([{ record, chain, annotator: 'script' }]).pipe(
 *     verify({ template: videoP2R, answer: texts => texts.reasoning.answer ?? '' }),
 *     toCotRecord({ observation: texts => texts.perception.observation ?? '', process: texts => texts.reasoning.think ?? '' }),
 *   ),
 * )
 * assert(E.isRight(item))
 * assert.equal(item.right.observation, '3 balls')
 * assert.equal(item.right.problem, 'How many balls?')
 * ```
 */
export const toCotRecord = <R extends VideoRecord, K extends string, T extends string>(
  split: CotTexts<K, T>,
): Stage<HasRecord<R> & HasChain & HasVerified<K, T>, R & CotRecord> =>
  stage.pure(
    { name: 'record', item: recordId },
    ({ record, chain, annotator, texts, accuracy }: HasRecord<R> & HasChain & HasVerified<K, T>) =>
      joined(record, {
        observation: split.observation(texts),
        process: split.process(texts),
        output: chain,
        reward: accuracy,
        annotator,
      }),
  )
