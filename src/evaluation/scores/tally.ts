import type { ProblemType, VideoRecord } from '../../dataset/index.ts'
import { benchmarkOf, labelsOf } from '../benchmarks/registry.ts'
import type { AnswerReading, Score } from '../score.ts'
import { addTo, emptySum, halfOfBoth, type MeanScore, measuredOf, type Sum } from './measured.ts'

/** What answers score together. */
export interface Scored {
  readonly answered: number
  /** Over all types but regression, or over those that the benchmark counts. */
  readonly accuracy?: MeanScore
  /** Mean relative accuracy, over regression. */
  readonly mra?: MeanScore
}

/** The figures of an evaluation. Shares lie between 0 and 1, intervals hold 95 %. */
export interface Scores extends Scored {
  /** What the benchmark calls its score: VSI-Bench's mean of MRA and accuracy, else accuracy, else MRA. */
  readonly overall?: MeanScore
  /** The benchmarks that were met, by title. */
  readonly benchmarks: readonly string[]
  readonly failed: number
  /** Failed questions by the tag of their fault: in no score. */
  readonly reasons: Readonly<Record<string, number>>
  /** Where answers were found. */
  readonly read: Readonly<Record<AnswerReading, number>>
  /** Answers with a letter that no option has; they are wrong. */
  readonly outside: number
  /** Scores by label and value: `task`, `duration`, `domain`, `track`, … . */
  readonly by: Readonly<Record<string, Readonly<Record<string, Scored>>>>
}

/** Figures that grow by the answer. */
export interface ScoreTally {
  readonly answer: (record: VideoRecord, score: Score) => void
  readonly failed: (tag: string) => void
  readonly result: () => Scores
}

interface Pair {
  answered: number
  readonly accuracy: Sum
  readonly mra: Sum
}

const emptyPair = (): Pair => ({ answered: 0, accuracy: emptySum(), mra: emptySum() })

const note = (pair: Pair, type: ProblemType, counted: boolean, reward: number): void => {
  pair.answered++
  if (type === 'regression') addTo(pair.mra, reward)
  else if (counted) addTo(pair.accuracy, reward)
}

const scoredOf = ({ answered, accuracy, mra }: Pair): Scored => {
  const [one, other] = [measuredOf(accuracy), measuredOf(mra)]
  return { answered, ...(one === undefined ? {} : { accuracy: one }), ...(other === undefined ? {} : { mra: other }) }
}

/** So many values of one label are told apart; what comes later is counted together. */
const mostValues = 500
const others = '(others)'
/** Stands for records of no benchmark. */
const unknown = '(none)'

const found = (values: Map<string, Pair>, value: string): Pair => {
  const key = values.has(value) || values.size < mostValues ? value : others
  const pair = values.get(key) ?? emptyPair()
  values.set(key, pair)
  return pair
}

const sortedNames = <A>(map: ReadonlyMap<string, A>): readonly (readonly [string, A])[] =>
  [...map].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))

/**
 * Opens the figures of an evaluation: accuracy, mean relative accuracy, the benchmark's overall score, and breakdowns by what records say
 * of themselves (`labelsOf`; `by` names fields of your own). Holds sums alone, at most 500 values a label.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import { openScores, scoreOutput } from 'kinograd/evaluation'
 *
 * const more = { problem: 'Which?', problemType: 'multiple choice', dataType: 'video', options: ['A. a', 'B. b'], source: '' } as const
 * const record = { ...more, id: '7', answer: 'A', path: 'a.mp4', extra: { duration: 'short' } }
 * const scores = openScores()
 * for (const said of ['A', 'A', 'B']) {
 *   const score = scoreOutput()(record, `<answer>${said}</answer>`)
 *   if (E.isRight(score)) scores.answer(record, score.right)
 * }
 * scores.failed('NotFound')
 * const { accuracy, failed, by } = scores.result()
 * assert.deepEqual([accuracy?.value.toFixed(3), failed, by.duration?.short?.answered], ['0.667', 1, 3])
 * ```
 */
export const openScores = (by: readonly string[] = []): ScoreTally => {
  const all = emptyPair()
  const labels = new Map<string, Map<string, Pair>>()
  const reasons = new Map<string, number>()
  const read = { tags: 0, prose: 0, none: 0 }
  const benchmarks = new Set<string>()
  let [failed, outside, halves] = [0, 0, true]
  return {
    answer: (record, score) => {
      const { problemType } = record
      const benchmark = benchmarkOf(record)
      const counted = benchmark?.counted?.includes(problemType) ?? true
      benchmarks.add(benchmark?.title ?? unknown)
      halves &&= benchmark?.halves === true
      read[score.read]++
      if (score.outside) outside++
      note(all, problemType, counted, score.reward)
      const own = { ...labelsOf(record, by), ...(benchmark === undefined ? {} : { benchmark: benchmark.title }) }
      for (const [label, value] of Object.entries(own)) {
        const values = labels.get(label) ?? new Map<string, Pair>()
        labels.set(label, values)
        // A type of its own score is shown, also where the benchmark does not count it.
        note(found(values, value), problemType, counted || label === 'type', score.reward)
      }
    },
    failed: tag => {
      failed++
      reasons.set(tag, (reasons.get(tag) ?? 0) + 1)
    },
    result: () => {
      const scored = scoredOf(all)
      const isBoth = halves && all.accuracy.of > 0 && all.mra.of > 0
      const overall = isBoth ? halfOfBoth(all.accuracy, all.mra) : (scored.accuracy ?? scored.mra)
      const told = sortedNames(labels).filter(([label]) => label !== 'benchmark' || benchmarks.size > 1)
      return {
        ...scored,
        ...(overall === undefined ? {} : { overall }),
        benchmarks: [...benchmarks].filter(title => title !== unknown).sort(),
        ...{ failed, reasons: Object.fromEntries(sortedNames(reasons)), read: { ...read }, outside },
        by: Object.fromEntries(
          told.map(([label, values]) => [
            label,
            Object.fromEntries(sortedNames(values).map(([value, pair]) => [value, scoredOf(pair)])),
          ]),
        ),
      }
    },
  }
}
