import { either as E, function as F, taskEither as TE } from 'fp-ts'
import type { SpendingJournal } from '../../evaluation/index.ts'
import { type Fault, fault, type Policy, rateLimit } from '../../flow/index.ts'
import {
  type Annotator,
  annotatorNamed,
  cachedAnswers,
  type Judge,
  judgeNamed,
  judge as judging,
  limited,
  type NamedOptions,
  type PriceList,
  priceOf,
  type Question,
  readTeacherName,
  type Teacher,
  teacherNamed,
  vote,
} from '../../teacher/index.ts'
import { type JudgementForm, judgementSchema, preferStructured } from '../judging/structured.ts'
import type { AnnotationFiles } from './files.ts'
import { keptRefusals } from './kept-refusals.ts'

/** Who writes and who judges, by their spellings, and how they are asked. */
export interface NamedTeachers {
  readonly teacher: string
  readonly judge: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** The variables that hold their keys, where they are not the usual ones. */
  readonly teacherKey?: string | undefined
  readonly judgeKey?: string | undefined
  /** Requests a minute of both together. */
  readonly rate?: number | undefined
  readonly maxTokens?: number | undefined
  readonly timeoutMs?: number | undefined
  /** How often the judge is asked about one chain; odd. */
  readonly votes: number
  /** Whether a judge may answer in the form of a schema where its server knows that. */
  readonly structured: boolean
  readonly prices: PriceList
  readonly budget?: number | undefined
  /** Told, once, in which form the judge answers. */
  readonly form: (form: JudgementForm) => void
}

/** What is opened of them. */
export interface OpenedTeachers {
  readonly annotator: Annotator
  readonly judge: Judge
}

/** The name that a spelling will have in records and price lists; undefined for scripts, which cost nothing. */
export const pricedName = (spelling: string): E.Either<Fault, string | undefined> =>
  F.pipe(
    readTeacherName(spelling),
    E.map(name =>
      name.kind === 'scripted' ? undefined : `${name.kind === 'claude' ? 'claude' : 'openai-compatible'}:${name.model}`,
    ),
  )

/** A budget needs the price of whoever is asked. Left: `Usage`. */
const checkBudget = ({ budget, prices, ...named }: NamedTeachers): E.Either<Fault, void> =>
  F.pipe(
    [named.teacher, named.judge],
    E.traverseArray(pricedName),
    E.flatMap(names => {
      const unknown = names.find(name => name !== undefined && priceOf(name, prices) === undefined)
      return budget === undefined || unknown === undefined
        ? E.right(undefined)
        : E.left(
            fault(
              'Usage',
              `--budget needs the price of ${unknown}, which the list of ${prices.date} does not have`,
              'Give a list of your own with --prices FILE; prices of 0 for a server of your own.',
            ),
          )
    }),
  )

/** How a named teacher is asked in an annotation. */
export const teacherSettings = (named: NamedTeachers, keyVariable: string | undefined): NamedOptions => ({
  env: named.env,
  keyVariable,
  ...(named.maxTokens === undefined ? {} : { maxTokens: named.maxTokens }),
  ...(named.timeoutMs === undefined ? {} : { timeoutMs: named.timeoutMs }),
})

/** Whether the teachers of these spellings can be had, before anything is begun. Left: `Usage`, `NoKey`. */
export const checkTeachers = (named: NamedTeachers): E.Either<Fault, void> => {
  const check = (spelling: string, key: string | undefined): E.Either<Fault, void> =>
    F.pipe(
      pricedName(spelling),
      E.flatMap(name =>
        name === undefined ? E.right(undefined) : E.asUnit(teacherNamed(spelling, teacherSettings(named, key))),
      ),
    )
  return F.pipe(
    checkBudget(named),
    E.flatMap(() => check(named.teacher, named.teacherKey)),
    E.flatMap(() => check(named.judge, named.judgeKey)),
  )
}

/** A teacher with all that stands between it and whoever asks: limit, meter, what was answered before. */
const standing =
  (files: AnnotationFiles, journal: SpendingJournal, prices: PriceList, policies: readonly Policy<Question>[]) =>
  (teacher: Teacher): Teacher => {
    const asked = journal.metering(limited(teacher, policies), priceOf(teacher.name, prices))
    return cachedAnswers(keptRefusals(asked, files.answers), files.answers)
  }

const openJudge = (named: NamedTeachers, around: (teacher: Teacher) => Teacher): TE.TaskEither<Fault, Judge> => {
  // Votes of a judge that always answers alike would be one vote.
  const options = { ...teacherSettings(named, named.judgeKey), ...(named.votes > 1 ? { temperature: 1 } : {}) }
  const how = { reasons: true, timeoutMs: Number.POSITIVE_INFINITY }
  return F.pipe(
    TE.fromEither(readTeacherName(named.judge)),
    TE.flatMap(({ kind }) =>
      kind === 'scripted' || !named.structured
        ? judgeNamed(named.judge, { ...options, around, judging: how })
        : TE.fromEither(
            F.pipe(
              E.Do,
              E.bind('plain', () => teacherNamed(named.judge, options)),
              E.bind('schema', () => teacherNamed(named.judge, { ...options, schema: judgementSchema })),
              E.map(({ plain, schema }) => judging(preferStructured(around(schema), around(plain), named.form), how)),
            ),
          ),
    ),
    TE.map(one => vote(one, named.votes)),
  )
}

/**
 * Opens annotator and judge: answers are kept in the session's files, what they cost in its journal, and both share one limit.
 * Left: `Usage`, `NoKey`, faults of scripts.
 */
export const openTeachers = (
  named: NamedTeachers,
  files: AnnotationFiles,
  journal: SpendingJournal,
): TE.TaskEither<Fault, OpenedTeachers> => {
  const policies: readonly Policy<Question>[] =
    named.rate === undefined ? [] : [rateLimit({ requestsPerMinute: named.rate })]
  const around = standing(files, journal, named.prices, policies)
  return F.pipe(
    TE.fromEither(checkBudget(named)),
    TE.bind('annotator', () => annotatorNamed(named.teacher, { ...teacherSettings(named, named.teacherKey), around })),
    TE.bind('judge', () => openJudge(named, around)),
  )
}
