import { either as E, function as F, taskEither as TE } from 'fp-ts'
import type { VideoRecord } from '../../dataset/index.ts'
import type { Stopping } from '../../run/index.ts'
import { freeSpace } from '../../run/index.ts'
import type { Annotator, Judge, Judged, TeacherFault } from '../../teacher/index.ts'
import type { ChainOptions } from './chains.ts'

/** What was found out about a record on its way, whatever became of it. */
export interface Trace {
  chain?: string
  observation?: string
  /** Null where no judgement could be had. */
  judged?: Judged | null
}

/** Traces of records, as long as somebody holds the record. */
export type Traces = WeakMap<VideoRecord, Trace>

const noted = (traces: Traces, record: VideoRecord, more: Trace): void => {
  traces.set(record, { ...traces.get(record), ...more })
}

/** Bytes that must be free before a question is asked whose answer has to be kept. */
const roomForAnswer = 32_768

const full = (folder: string, free: number): TeacherFault => ({
  _tag: 'NoSpace',
  cause: `${folder} has ${free} bytes free, too few to keep what would be paid for`,
  remedy: 'Free some space, then go on with --resume; what was paid for is kept.',
})

/** `Cancelled` while the annotation stops; `NoSpace` where the disk has no room for what would be paid for. */
const mayAsk =
  ({ why }: Stopping, folder: string, inFlight: number): TE.TaskEither<TeacherFault, void> =>
  async () => {
    if (why() !== undefined) return E.left({ _tag: 'Cancelled', cause: 'the annotation stops', remedy: '' })
    const free = await freeSpace(folder)()
    return E.isRight(free) && free.right < roomForAnswer * inFlight
      ? E.left(full(folder, free.right))
      : E.right(undefined)
  }

/** Where questions are asked from. */
export interface Asking {
  readonly stopping: Stopping
  readonly traces: Traces
  /** Where answers are kept. */
  readonly folder: string
  readonly inFlight: number
}

/** An annotator that asks nothing while the annotation stops, and whose chains leave a trace. */
export const tracedAnnotator = <R extends VideoRecord>(
  annotator: Annotator<R>,
  { stopping, traces, folder, inFlight }: Asking,
): Annotator<R> => ({
  ...annotator,
  annotate: (request, signal) =>
    F.pipe(
      mayAsk(stopping, folder, inFlight),
      TE.flatMap(() => annotator.annotate(request, signal)),
      TE.map(chain => {
        noted(traces, request.record, { chain })
        return chain
      }),
    ),
})

/** A judge that asks nothing while the annotation stops, and whose judgements leave a trace. */
export const tracedJudge = <R extends VideoRecord>(
  judge: Judge<R>,
  { stopping, traces, folder, inFlight }: Asking,
): Judge<R> => ({
  ...judge,
  judge: (request, signal) =>
    F.pipe(
      mayAsk(stopping, folder, inFlight),
      TE.flatMap(() => judge.judge(request, signal)),
      TE.bimap(
        wrong => {
          noted(traces, request.record, { observation: request.observation, judged: null })
          return wrong
        },
        judged => {
          noted(traces, request.record, { observation: request.observation, judged })
          return judged
        },
      ),
    ),
})

/** Chains that are recalled leave a trace too. */
export const tracedRecall =
  (recalled: NonNullable<ChainOptions['recalled']>, traces: Traces): NonNullable<ChainOptions['recalled']> =>
  record =>
    TE.map((chain: string | undefined) => {
      if (chain !== undefined) noted(traces, record, { chain })
      return chain
    })(recalled(record))
