import { join } from 'node:path'
import { either as E, function as F, taskEither as TE } from 'fp-ts'
import type { SpendingJournal } from '../evaluation/index.ts'
import {
  answeringReader,
  type BenchmarkScorerOptions,
  benchmarkScorer,
  type Evaluated,
  type EvaluatedPolicy,
  type EvaluateRecordsOptions,
  type EvaluationSession,
  evaluateRecords,
  examinationPrompt,
  openPolicy,
  readPolicyName,
  resultsFile,
  teacherPolicy,
} from '../evaluation/index.ts'
import { type Fault, fault, type Policy, rateLimit } from '../flow/index.ts'
import { findDecoder, uniform } from '../media/index.ts'
import type { Terminal } from '../run/index.ts'
import { cachedAnswers, limited, priceOf, type Question, type Teacher, teacherNamed } from '../teacher/index.ts'
import { lacksObservation, type Observations, observationsIn } from './eval-observations.ts'
import type { EvalFlags, EvalRequest } from './eval-request.ts'

/** An evaluation as it was asked for. */
export interface EvalAsked {
  readonly flags: EvalFlags
  readonly request: EvalRequest
  readonly terminal: Terminal
  /** The command that goes on. */
  readonly again: string
}

/** What was opened for an evaluation. */
export interface EvalOpened {
  readonly session: EvaluationSession
  readonly journal: SpendingJournal
}

/** A budget needs the price of whoever is asked. Left: `Usage`. */
const priced = ({ request: { budget, prices } }: EvalAsked, name: string): E.Either<Fault, void> =>
  budget === undefined || priceOf(name, prices) !== undefined
    ? E.right(undefined)
    : E.left(
        fault(
          'Usage',
          `--budget needs the price of ${name}, which the list of ${prices.date} does not have`,
          'Give a list of your own with --prices FILE; prices of 0 for a server of your own.',
        ),
      )

/** A teacher with its limit and its meter. */
const metering = ({ flags, request }: EvalAsked, { journal }: EvalOpened) => {
  const policies: readonly Policy<Question>[] =
    flags.rate === undefined ? [] : [rateLimit({ requestsPerMinute: flags.rate })]
  return (teacher: Teacher): Teacher =>
    journal.metering(limited(teacher, policies), priceOf(teacher.name, request.prices))
}

const timeoutOf = ({ timeout }: EvalFlags) => (timeout === undefined ? {} : { timeoutMs: 1000 * timeout })

/** Who reads captions and thinking; nobody where none is named. Answers are kept, so that none is paid for twice. */
export const judgeOf = (asked: EvalAsked, opened: EvalOpened): E.Either<Fault, Teacher | undefined> => {
  const { flags, request, terminal } = asked
  if (request.judge === undefined) return E.right(undefined)
  return F.pipe(
    teacherNamed(request.judge, { env: terminal.env, keyVariable: flags['judge-key'], ...timeoutOf(flags) }),
    E.tap(({ name }) => priced(asked, name)),
    E.map(teacher => cachedAnswers(metering(asked, opened)(teacher), join(opened.session.files.folder, 'answers'))),
  )
}

const openAsked = (asked: EvalAsked, opened: EvalOpened) => {
  const { flags, request, terminal } = asked
  const { temperature, topP, policy } = request
  const named = readPolicyName(policy)
  const name =
    E.isRight(named) && (named.right.kind === 'claude' || named.right.kind === 'openai')
      ? `${named.right.kind === 'claude' ? 'claude' : 'openai-compatible'}:${named.right.model}`
      : undefined
  return F.pipe(
    name === undefined ? TE.right(undefined) : TE.fromEither(priced(asked, name)),
    TE.flatMap(() =>
      openPolicy(policy, {
        ...{ env: terminal.env, keyVariable: flags['policy-key'], temperature, topP, maxTokens: flags['max-tokens'] },
        ...{ seed: flags.seed, backend: flags.backend, pixels: flags.pixels, ...timeoutOf(flags) },
        around: metering(asked, opened),
      }),
    ),
  )
}

/** A policy that is asked with the observations of another. */
const observing = (policy: EvaluatedPolicy, observations: Observations | undefined): EvaluatedPolicy =>
  observations === undefined
    ? policy
    : {
        ...policy,
        answer: (question, signal) =>
          observations.has(question.record.id)
            ? policy.answer(question, signal)
            : TE.left(lacksObservation(question.record)),
      }

const promptsOf = (
  { request }: EvalAsked,
  observations: Observations | undefined,
): Pick<EvaluateRecordsOptions, 'prompt' | 'observation'> =>
  observations === undefined
    ? { prompt: request.prompt }
    : {
        prompt: record => examinationPrompt(record, observations.get(record.id) ?? ''),
        observation: ({ id }) => observations.get(id),
      }

/** What is shown of clips; nothing where the policy is to answer blind. Left: `NoDecoder`. */
const mediaOf = (
  { flags, request }: EvalAsked,
  resizes: boolean,
): TE.TaskEither<Fault, Pick<EvaluateRecordsOptions, 'media'>> =>
  flags.blind
    ? TE.right({})
    : F.pipe(
        findDecoder(),
        TE.bimap(
          (wrong): Fault => wrong,
          ({ decoder }) => ({
            media: {
              ...{ decoder, root: request.root, frames: uniform(flags.frames ?? 32, { atMost: true }) },
              pixels: resizes ? Number.POSITIVE_INFINITY : (flags.pixels ?? 200_704),
              window: flags.window ?? 'whole',
            },
          }),
        ),
      )

const scorerOf = ({ flags, request }: EvalAsked, judge: Teacher | undefined) => {
  const reading = flags.letter ?? request.named.benchmark?.reading
  const options: BenchmarkScorerOptions = {
    ...(reading === undefined ? {} : { reading }),
    ...(judge === undefined ? {} : { reader: answeringReader(teacherPolicy(judge)) }),
  }
  return benchmarkScorer(options)
}

/** Opens all that is needed, asks, and writes the results. */
export const askingPolicy = (
  asked: EvalAsked,
  opened: EvalOpened,
  told: Required<Pick<EvaluateRecordsOptions, 'signal' | 'progress'>>,
): TE.TaskEither<Fault, Evaluated> => {
  const { flags, request, terminal } = asked
  return F.pipe(
    TE.fromEither(judgeOf(asked, opened)),
    TE.bindTo('judge'),
    TE.bind('observations', () =>
      flags.observations === undefined
        ? TE.right(undefined)
        : F.pipe(
            TE.fromTask(() => resultsFile(join(terminal.cwd, flags.observations ?? ''))),
            TE.flatMap(observationsIn),
          ),
    ),
    TE.bind('policy', () => openAsked(asked, opened)),
    TE.bind('media', ({ policy }) => mediaOf(asked, policy.resizes)),
    TE.flatMap(({ judge, observations, policy, media }) =>
      F.pipe(
        evaluateRecords({
          ...{ session: opened.session, records: request.records, by: flags.by, ...told, ...media },
          ...{ limit: flags.limit, sample: flags.sample, seed: flags.seed, tolerate: flags.tolerate ?? 0.05 },
          inFlight: flags['in-flight'] ?? (policy.resizes ? 1 : 8),
          policy: observing(policy.policy, observations),
          score: scorerOf(asked, judge),
          ...promptsOf(asked, observations),
        }),
        task => () => task().finally(policy.close),
      ),
    ),
  )
}
