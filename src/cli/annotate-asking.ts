import { function as F, taskEither as TE } from 'fp-ts'
import type { Fault } from '../flow/index.ts'
import { findDecoder, uniform } from '../media/index.ts'
import {
  type Annotated,
  type AnnotationSession,
  type AnnotationTally,
  annotateRecords,
  askInBatches,
  type LookOptions,
  type NamedTeachers,
  openTeachers,
  type SpendingJournal,
} from '../recipe/index.ts'
import type { Given, Terminal } from '../run/index.ts'
import type { Spent } from '../teacher/index.ts'
import type { annotateFlags } from './annotate-flags.ts'
import type { AnnotateRequest } from './annotate-request.ts'
import type { watching } from './annotate-words.ts'

type AnnotateFlags = Given<typeof annotateFlags>

/** An annotation as it was asked for. */
export interface Asked {
  readonly flags: AnnotateFlags
  readonly request: AnnotateRequest
  readonly terminal: Terminal
  /** The command that goes on. */
  readonly again: string
}

/** What decodes the media, and which frames are shown. Left: `NoDecoder`. */
export const lookOf = ({ flags, request }: Asked): TE.TaskEither<Fault, LookOptions> =>
  F.pipe(
    findDecoder(),
    TE.bimap(
      (wrong): Fault => wrong,
      ({ decoder }) => ({
        decoder,
        root: request.root,
        frames: uniform(flags.frames ?? 16, { atMost: true }),
        pixels: flags.pixels ?? 200_704,
      }),
    ),
  )

/** What was opened for an annotation that asks. */
export interface Opened {
  readonly session: AnnotationSession
  readonly journal: SpendingJournal
  /** What batches cost; grows as they are read. */
  readonly batches: Spent[]
}

/** The teachers as the flags spell them. */
export const namedTeachers = ({ flags, request, terminal }: Asked): NamedTeachers => ({
  ...{ teacher: request.teacher, judge: request.judge, prices: request.prices, budget: request.budget },
  ...{ env: terminal.env, votes: flags.votes ?? 1, structured: !flags.plain, rate: flags.rate },
  ...{ teacherKey: flags['teacher-key'], judgeKey: flags['judge-key'], maxTokens: flags['max-tokens'] },
  timeoutMs: flags.timeout === undefined ? undefined : 1000 * flags.timeout,
  form: form =>
    terminal.out(
      form === 'structured'
        ? 'The judge answers in the form of a JSON schema.'
        : 'The judge answers in words: its server takes no schema.',
    ),
})

/** What stays the same between asking in batches and walking through. */
const workOf = ({ flags, request }: Asked, { session }: Opened) => ({
  ...(request.prompt === undefined ? {} : { prompt: request.prompt }),
  ...{ session, records: request.records, limit: flags.limit, sample: flags.sample, seed: flags.seed },
  ...{ threshold: flags.threshold ?? 0.6, inFlight: flags['in-flight'] ?? 8 },
})

/** Asks in batches where that was asked for, then walks through the records; the tally goes to `progress`. */
export const asking = (
  asked: Asked,
  opened: Opened,
  {
    signal,
    watch,
    progress,
  }: {
    readonly signal: AbortSignal
    readonly watch: ReturnType<typeof watching>
    readonly progress: (tally: AnnotationTally, total: number) => void
  },
): TE.TaskEither<Fault, Annotated> => {
  const { flags } = asked
  const { session, journal, batches } = opened
  const named = namedTeachers(asked)
  const work = workOf(asked, opened)
  return F.pipe(
    openTeachers(named, session.files, journal),
    TE.bindTo('teachers'),
    TE.bind('look', () => lookOf(asked)),
    TE.bind('recalled', ({ teachers, look }) =>
      flags.batch
        ? F.pipe(
            askInBatches({
              ...{ ...look, ...work, named, annotator: teachers.annotator, signal },
              ...{ progress: watch.batches, elsewhere: () => journal.spent().dollars ?? 0 },
            }),
            TE.map(({ recalled, spent }) => {
              batches.push(...spent)
              return { recalled }
            }),
          )
        : TE.right({}),
    ),
    TE.flatMap(({ teachers, look, recalled }) =>
      annotateRecords({
        ...{ ...look, ...work, ...teachers, ...recalled },
        ...{ tolerate: flags.tolerate ?? 0.05, signal, progress },
      }),
    ),
  )
}
