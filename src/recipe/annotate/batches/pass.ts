import { either as E, function as F, taskEither as TE } from 'fp-ts'
import type { Fault } from '../../../flow/index.ts'
import {
  type Asked,
  type BatchOptions,
  type ClaudeOptions,
  claudeBatches,
  isLasting,
  type Question,
  questionKey,
  type Spent,
} from '../../../teacher/index.ts'
import { keepRefusal } from '../kept-refusals.ts'

/** A question about a record, made when there is room for it. */
export interface ToAsk {
  readonly id: string
  readonly question: (signal: AbortSignal) => TE.TaskEither<Fault, Question>
}

/** How one role of an annotation is asked in batches. */
export interface PassOptions {
  readonly claude: ClaudeOptions
  /** Where the journal stands, and where answers are kept. */
  readonly journal: string
  readonly answers: string
  readonly batching: Partial<BatchOptions>
  /** Questions made at the same time. */
  readonly preparing: number
  readonly signal: AbortSignal
  readonly progress: (told: number) => void
}

/** What came of it. */
export interface Passed {
  /** The key of each record's answer, by the record's id. */
  readonly keys: ReadonlyMap<string, string>
  readonly spent: Spent
}

/** Faults after which nothing more can be asked in this way. */
const endsPass = (wrong: Fault): boolean => isLasting(wrong) || wrong._tag === 'Cancelled' || wrong._tag === 'NoBatch'

/**
 * Asks many questions in batches; answers, and refusals that were billed, are kept where the live teacher looks for them. What could not
 * be had is left for it to ask. Left: what ended it (`Cancelled`, `SpendLimit`, `NoKey`, `Locked`, …), once all that was under way and could be collected is kept.
 */
export const askedInBatches = (
  questions: AsyncIterable<ToAsk>,
  { claude, journal, answers, batching, preparing, signal, progress }: PassOptions,
): TE.TaskEither<Fault, Passed> =>
  F.pipe(
    claudeBatches({ ...claude, ...batching, journal, answers }),
    TE.mapLeft((wrong): Fault => wrong),
    TE.flatMap(batches => async () => {
      const keys = new Map<string, string>()
      const { teacher } = batches
      const asked = async function* (): AsyncGenerator<Asked<ToAsk, Fault>> {
        for await (const one of questions)
          yield {
            about: one,
            question: own =>
              F.pipe(
                one.question(own),
                TE.map(question => {
                  keys.set(one.id, questionKey(teacher, question))
                  return question
                }),
              ),
          }
      }
      let [ended, told]: [Fault | undefined, number] = [undefined, 0]
      try {
        for await (const { about, answer } of batches.answers(asked(), signal, { preparing })) {
          progress(++told)
          if (E.isRight(answer)) continue
          const key = keys.get(about.id)
          if (endsPass(answer.left)) ended ??= answer.left
          else if (key !== undefined && (answer.left._tag === 'Refused' || answer.left._tag === 'Truncated'))
            await keepRefusal(answers, teacher.name, key, { ...answer.left, _tag: answer.left._tag })
        }
        return ended === undefined ? E.right({ keys, spent: batches.spent() }) : E.left(ended)
      } finally {
        await batches.close()
      }
    }),
  )
