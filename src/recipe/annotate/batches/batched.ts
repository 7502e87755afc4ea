import { join } from 'node:path'
import { either as E, function as F, taskEither as TE } from 'fp-ts'
import type { Records, VideoRecord } from '../../../dataset/index.ts'
import { type PickOptions, pickRecords } from '../../../evaluation/index.ts'
import { type Fault, fault, items, iterate } from '../../../flow/index.ts'
import { videoP2R } from '../../../process/index.ts'
import { framesOf, type LookOptions, verify } from '../../../stages/index.ts'
import {
  type Annotator,
  type BatchOptions,
  claudeNamed,
  keptAnswers,
  readTeacherName,
  type Spent,
} from '../../../teacher/index.ts'
import { judgementSchema } from '../../judging/structured.ts'
import { annotationPrompt } from '../chains.ts'
import { recover } from '../recover.ts'
import type { AnnotationSession } from '../session.ts'
import { type NamedTeachers, teacherSettings } from '../teachers.ts'
import { judgeQuestions } from './judge-questions.ts'
import { askedInBatches, type Passed, type ToAsk } from './pass.ts'

/** What is asked in batches before the annotation is walked through. */
export interface AskInBatchesOptions extends LookOptions, PickOptions {
  readonly session: AnnotationSession
  readonly records: Records<VideoRecord>
  readonly named: NamedTeachers
  /** Who writes chains that no batch gave: the one that `openTeachers` opened. */
  readonly annotator: Annotator
  /** Records at the same time; 8 by default. */
  readonly inFlight?: number
  readonly prompt?: (record: VideoRecord) => string
  readonly threshold?: number
  readonly signal: AbortSignal
  readonly progress?: (role: 'annotate' | 'judge', told: number, total: number) => void
  /** Dollars spent live, which count against the same budget. */
  readonly elsewhere?: () => number
  /** How batches are made and watched, where it is not as usual. */
  readonly batching?: Partial<BatchOptions>
}

/** What the batches gave. */
export interface InBatches {
  /** Chains that were written, for `annotateRecords`. */
  readonly recalled: (record: VideoRecord) => TE.TaskEither<Fault, string | undefined>
  readonly spent: readonly Spent[]
}

const isClaude = (spelling: string): boolean =>
  F.pipe(
    readTeacherName(spelling),
    E.exists(({ kind }) => kind === 'claude'),
  )

const nothingToJudge = fault('NothingToJudge', 'no chain of this record is to be judged', '')

/** The observation of a chain that follows the template and ends in a right answer. Left: why there is none. */
const observationOf =
  (record: VideoRecord, chain: string, threshold: number): TE.TaskEither<Fault, string> =>
  async () => {
    const verifying = verify({ template: videoP2R, answer: texts => texts.reasoning.answer ?? '', threshold })
    for await (const item of iterate(items([{ record, chain, annotator: '' }]).pipe(verifying)))
      return E.isRight(item) ? E.right(item.right.texts.perception.observation ?? '') : E.left(nothingToJudge)
    return E.left(nothingToJudge)
  }

/** The questions to the annotator, each made of a clip when there is room for it. */
async function* toWrite(records: AsyncIterable<VideoRecord>, options: AskInBatchesOptions): AsyncGenerator<ToAsk> {
  const { prompt = annotationPrompt } = options
  for await (const record of records)
    yield {
      id: record.id,
      question: signal =>
        F.pipe(
          framesOf(record, options, signal),
          TE.map(frames => ({ prompt: prompt(record), frames })),
        ),
    }
}

/** The questions to the judge about chains that were recalled, or that the annotator writes now. */
async function* toJudge(
  records: AsyncIterable<VideoRecord>,
  recalled: InBatches['recalled'],
  options: AskInBatchesOptions,
): AsyncGenerator<ToAsk> {
  const { annotator, named, prompt = annotationPrompt, threshold = 0.6 } = options
  const chainOf = (record: VideoRecord, signal: AbortSignal): TE.TaskEither<Fault, string> =>
    F.pipe(
      framesOf(record, options, signal),
      TE.flatMap(
        (frames): TE.TaskEither<Fault, string> =>
          annotator.annotate({ record, prompt: prompt(record), frames }, signal),
      ),
    )
  for await (const record of records)
    for (let voter = 0; voter < named.votes; voter++)
      yield {
        id: record.id,
        question: signal =>
          F.pipe(
            recalled(record),
            TE.flatMap(chain => (chain === undefined ? chainOf(record, signal) : TE.right(chain))),
            TE.flatMap(chain => observationOf(record, chain, threshold)),
            TE.flatMap(observation => TE.fromTask(() => judgeQuestions(named, { record, observation }))),
            TE.flatMapEither(questions => E.fromNullable(nothingToJudge)(questions[voter])),
          ),
      }
}

/** One role's pass over the records that are not done; nothing where that role is not Claude. */
const passOf = (
  role: 'annotate' | 'judge',
  questions: AsyncIterable<ToAsk>,
  { named, session, signal, progress, inFlight = 8, batching = {}, elsewhere = () => 0 }: AskInBatchesOptions,
  [total, before]: readonly [number, readonly Spent[]],
): TE.TaskEither<Fault, Passed | undefined> => {
  const spelling = role === 'annotate' ? named.teacher : named.judge
  if (!isClaude(spelling)) return TE.right(undefined)
  const key = role === 'annotate' ? named.teacherKey : named.judgeKey
  const earlier = before.reduce((sum, { dollars = 0 }) => sum + dollars, 0)
  return F.pipe(
    TE.fromEither(claudeNamed(spelling, teacherSettings(named, key))),
    TE.flatMap(claude =>
      askedInBatches(questions, {
        claude: role === 'judge' && named.structured ? { ...claude, schema: judgementSchema } : claude,
        ...{
          journal: join(session.files.work, `batches-${role}`),
          answers: session.files.answers,
          signal,
          preparing: inFlight,
        },
        progress: told => progress?.(role, told, total),
        batching: {
          prices: named.prices,
          ...(named.budget === undefined ? {} : { budget: named.budget, elsewhere: () => earlier + elsewhere() }),
          ...batching,
        },
      }),
    ),
  )
}

/**
 * Asks Claude in message batches, at half the price, what an annotation will ask: first the annotator about every record that is not done,
 * then the judge about every chain that is verified. Answers lie where `openTeachers` finds them; what batches could not give
 * (expired too often, a judgement that cannot be read) is asked live afterwards. A clip is decoded once a process. Holds a key a record.
 *
 * Left: what ended it. Batches that run go on at the server, and the next call collects them.
 */
export const askInBatches =
  (options: AskInBatchesOptions): TE.TaskEither<Fault, InBatches> =>
  async () => {
    const { session, named, signal } = options
    const picking = await pickRecords(options.records, options)
    if (E.isLeft(picking)) return picking
    const { records, total } = picking.right
    const recovered = await recover(session.files, records)()
    if (E.isLeft(recovered)) return recovered
    const { done } = recovered.right
    const left = async function* (): AsyncGenerator<VideoRecord> {
      let nth = 0
      for await (const { read } of records) if (nth++ >= done && E.isRight(read)) yield read.right
    }
    const written = await passOf('annotate', toWrite(left(), options), options, [total - done, []])()
    if (E.isLeft(written)) return written
    const kept = keptAnswers(named.teacher, session.files.answers)
    const recalled: InBatches['recalled'] = record => {
      const key = written.right?.keys.get(record.id)
      return key === undefined ? TE.right(undefined) : kept.find(key)
    }
    const spent = written.right === undefined ? [] : [written.right.spent]
    const questions = toJudge(left(), recalled, options)
    const judged = await passOf('judge', questions, options, [(total - done) * named.votes, spent])()
    if (E.isLeft(judged)) return judged
    return signal.aborted
      ? E.left(fault('Cancelled', 'the annotation was stopped', 'Go on with --resume.'))
      : E.right({ recalled, spent: judged.right === undefined ? spent : [...spent, judged.right.spent] })
  }
