import { type either as E, function as F, taskEither as TE } from 'fp-ts'
import type { VideoRecord } from '../dataset/index.ts'
import { type Fault, gate, pipeline, type Scope, type Stage, stage, within } from '../flow/index.ts'
import { frameBytes, type HasRecord, recordId } from '../stages/index.ts'
import type { Shown } from './diagnostics/examination.ts'
import type { HasOutput, HasScore } from './items.ts'
import type { EvaluatedPolicy } from './policies/policy.ts'
import { videoR1Prompt } from './prompts.ts'
import { type Score, scoreOutput } from './score.ts'
import { type WatchOptions, watch } from './watching.ts'

/** Scores one output, at once or by asking somebody. */
export type Scorer = (
  record: VideoRecord,
  output: string,
  signal: AbortSignal,
) => E.Either<Fault, Score> | TE.TaskEither<Fault, Score>

/** Who is evaluated, on what it is shown, and how answers are scored. */
export interface EvaluateOptions {
  readonly policy: EvaluatedPolicy
  /** Where the clips lie, and what is shown of them; the policy answers from the text alone where this is not given. */
  readonly media?: WatchOptions
  /** `videoR1Prompt` when not given. */
  readonly prompt?: (record: VideoRecord) => string
  /** An observation that stands in the prompt, for the perception examination; the prompt's own matter how. */
  readonly observation?: (record: VideoRecord) => string | undefined
  /** `scoreOutput()` when not given. */
  readonly score?: Scorer
  /** Questions at the same time; 8 when not given. */
  readonly inFlight?: number
  /** `completion` gives answers as soon as they are there; `source`, in the order of the records, when not given. */
  readonly order?: 'source' | 'completion'
}

/** Asks the policy. */
const answered = ({ policy, prompt = videoR1Prompt, observation }: EvaluateOptions) =>
  stage.adding(
    { name: 'policy', item: recordId },
    ({ record, clip, frames }: HasRecord & Shown, signal): TE.TaskEither<Fault, HasOutput> => {
      const seen = observation?.(record)
      return F.pipe(
        policy.answer(
          {
            ...{ record, prompt: prompt(record) },
            ...(clip === undefined ? {} : { clip }),
            ...(frames === undefined ? {} : { frames }),
            ...(seen === undefined ? {} : { observation: seen }),
          },
          signal,
        ),
        TE.map(output => ({ output })),
      )
    },
  )

const scored = (score: Scorer) =>
  stage.adding({ name: 'score', item: recordId }, ({ record, output }: HasRecord & HasOutput, signal) => {
    const found = score(record, output, signal)
    return F.pipe(
      typeof found === 'function' ? found : TE.fromEither(found),
      TE.map(given => ({ score: given })),
    )
  })

/**
 * Evaluates a policy on a stream of questions: finds each clip, shows 32 frames of it, asks, reads the answer and scores it as Video-R1's
 * benchmarks do. Takes items with `record`, adds `output` and `score`; fields of your own stay. Questions are asked `inFlight` at once;
 * frames die inside, so that no more are held than are being asked about.
 *
 * A question that fails is a `Left` and never a wrong answer: a clip that is missing, a server that cuts off, a type that has no score.
 * `openScores` makes the figures of a benchmark of it, `kinograd eval` is the command. Left: the faults of media, policy and scorer.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E, taskEither as TE } from 'fp-ts'
 * import { evaluate } from 'kinograd/evaluation'
 * import { iterate } from 'kinograd/flow'
 *
 * const more = { problem: 'How many?', problemType: 'numerical', dataType: 'video', path: 'a.mp4', source: '', options: [] } as const
 * const record = { ...more, id: '1', answer: '3' }
 * const policy = { name: 'always three', answer: () => TE.right('<think>Hm.</think><answer>3</answer>') }
 * for await (const item of iterate(evaluate({ policy })([{ record }])))
 *   assert(E.isRight(item) && item.right.score.correct && item.right.score.prediction === '3')
 * ```
 */
export const evaluate = (options: EvaluateOptions): Scope<HasRecord, HasRecord & HasOutput & HasScore> => {
  const { media, score = scoreOutput(), inFlight = 8, order = 'source' } = options
  const room = gate({ name: 'evaluation', inFlight, bytes: frameBytes })
  const grade = scored(score)
  const named = { item: recordId, order }
  if (media === undefined) return within(room, pipeline('evaluate', answered(options), grade), named)
  const asked: Stage<HasRecord, HasRecord & HasOutput> = pipeline(
    'ask',
    watch<HasRecord>(media, room),
    answered(options),
    stage.dropping('frames', 'clip'),
  )
  return within(room, pipeline('evaluate', asked, grade), named)
}
