import { either as E, function as F, taskEither as TE } from 'fp-ts'
import * as t from 'io-ts'
import { defect, type Fault, fault } from '../flow/index.ts'
import { openGrowing, wholeLines } from '../run/index.ts'
import { costOf, type Price, type Spent, type Teacher, type TeacherFault, type Usage } from '../teacher/index.ts'

/** What was billed for so far, in this process and those before. */
export interface Spending {
  readonly answers: number
  /** Billed, and came to nothing: refused, cut, unreadable. */
  readonly lost: number
  readonly inputTokens: number
  readonly outputTokens: number
  /** Answers whose server did not say what it billed. */
  readonly untold: number
  /** Undefined where some teacher has no price. */
  readonly dollars: number | undefined
}

/** A journal of what answers cost, which outlives the process. */
export interface SpendingJournal {
  /** A teacher whose answers are written down; put it under a cache. Past the budget it is `SpendLimit`. */
  readonly metering: (teacher: Teacher, price: Price | undefined) => Teacher
  readonly spent: () => Spending
  readonly close: () => Promise<void>
}

const line = t.readonly(
  t.intersection([
    t.type({ teacher: t.string, lost: t.boolean, inputTokens: t.number, outputTokens: t.number }),
    t.partial({ cacheReadTokens: t.number, cacheWriteTokens: t.number, untold: t.literal(true), dollars: t.number }),
  ]),
)
type Line = t.TypeOf<typeof line>

const none = { answers: 0, lost: 0, inputTokens: 0, outputTokens: 0, untold: 0, dollars: 0, unpriced: 0 }

const added = (sum: typeof none, one: Line): typeof none => ({
  answers: sum.answers + (one.lost ? 0 : 1),
  lost: sum.lost + (one.lost ? 1 : 0),
  inputTokens: sum.inputTokens + one.inputTokens + (one.cacheReadTokens ?? 0) + (one.cacheWriteTokens ?? 0),
  outputTokens: sum.outputTokens + one.outputTokens,
  untold: sum.untold + (one.untold ? 1 : 0),
  dollars: sum.dollars + (one.dollars ?? 0),
  unpriced: sum.unpriced + (one.dollars === undefined ? 1 : 0),
})

/** What was written down before, and where its whole lines end. */
const before = async (path: string): Promise<readonly [typeof none, number]> => {
  let [sum, length] = [none, 0]
  for await (const { value, end } of wholeLines(path)) {
    const read = line.decode(value)
    if (E.isLeft(read)) break
    sum = added(sum, read.right)
    length = end
  }
  return [sum, length]
}

/**
 * Opens the journal of what answers cost; one that is there is gone on with, so that a budget covers all processes together, and
 * what was spent `elsewhere`. Left: faults of the disk. A budget needs the price of every teacher: `metering` throws a `Defect` otherwise.
 */
export const openSpending = (
  path: string,
  budget?: number,
  elsewhere: () => number = () => 0,
): TE.TaskEither<Fault, SpendingJournal> =>
  F.pipe(
    TE.tryCatch(
      () => before(path),
      error => fault('CannotRead', `${path} cannot be read: ${error}`, 'Check the file and its permissions.'),
    ),
    TE.flatMap(([start, length]) =>
      F.pipe(
        openGrowing(path, length),
        TE.map(file => {
          let sum = start
          const spent = (): Spending => {
            const { unpriced, dollars, ...counts } = sum
            return { ...counts, dollars: unpriced === 0 ? dollars : undefined }
          }
          const note = (teacher: string, usage: Usage, price: Price | undefined, lost: boolean) => {
            const { untold, ...tokens } = usage
            const one: Line = {
              ...{ teacher, lost, ...tokens },
              ...(untold ? { untold } : {}),
              ...(price === undefined ? {} : { dollars: costOf(usage, price) }),
            }
            sum = added(sum, one)
            return file.append(`${JSON.stringify(one)}\n`)
          }
          return { spent, close: file.close, metering: meteringBy(note, () => sum.dollars + elsewhere(), budget) }
        }),
      ),
    ),
  )

type Note = (teacher: string, usage: Usage, price: Price | undefined, lost: boolean) => TE.TaskEither<Fault, void>

const overspent = (name: string, dollars: number, budget: number): TeacherFault => ({
  _tag: 'SpendLimit',
  cause: `${name}: ${dollars.toFixed(4)} of a budget of ${budget} dollars are spent`,
  remedy: 'Go on with --resume and a larger --budget; what was paid for is kept.',
})

const meteringBy =
  (note: Note, dollars: () => number, budget: number | undefined): SpendingJournal['metering'] =>
  (teacher, price) => {
    if (budget !== undefined && price === undefined)
      throw defect(
        fault('BadBudget', `a budget for ${teacher.name}, whose price is not known`, 'Give a list of prices'),
      )
    const ask: Teacher['ask'] = (question, signal) => async () => {
      if (budget !== undefined && dollars() >= budget) return E.left(overspent(teacher.name, dollars(), budget))
      const answer = await teacher.ask(question, signal)()
      const usage = E.isRight(answer) ? answer.right.usage : answer.left.usage
      // An answer that was paid for is handed on, also where the disk takes no line more: the cache says so next.
      if (usage !== undefined) await note(teacher.name, usage, price, E.isLeft(answer))()
      return answer
    }
    return { ...teacher, ask }
  }

/** What was billed live and in batches, together. */
export const together = (live: Spending, batches: readonly Spent[]): Spending =>
  batches.reduce<Spending>(
    (sum, one) => ({
      answers: sum.answers + one.answers,
      lost: sum.lost + one.lost,
      inputTokens: sum.inputTokens + one.inputTokens + one.cacheReadTokens + one.cacheWriteTokens,
      outputTokens: sum.outputTokens + one.outputTokens,
      untold: sum.untold + one.untold,
      dollars: sum.dollars === undefined || one.dollars === undefined ? undefined : sum.dollars + one.dollars,
    }),
    live,
  )
