import { either as E } from 'fp-ts'
import { formats, type VideoRecord } from '../../dataset/index.ts'
import { type Fault, fault } from '../../flow/index.ts'
import { brief } from '../../untrusted/index.ts'
import { type Benchmark, fieldOf, type Labels } from './benchmark.ts'
import { mmvu } from './mmvu.ts'
import { mvBench } from './mv-bench.ts'
import { tempCompass } from './temp-compass.ts'
import { vcrBench } from './vcr-bench.ts'
import { videoHolmes } from './video-holmes.ts'
import { videoMme } from './video-mme.ts'
import { videoMmmu } from './video-mmmu.ts'
import { vsiBench } from './vsi-bench.ts'

/**
 * The benchmarks whose quirks are known: the paper's seven (arXiv 2511.11113, section 8.2) and Video-Holmes.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { benchmarks } from 'kinograd/evaluation'
 *
 * assert.equal(benchmarks.length, 8)
 * ```
 */
export const benchmarks: readonly Benchmark[] = [
  vsiBench,
  videoMmmu,
  mmvu,
  vcrBench,
  mvBench,
  tempCompass,
  videoMme,
  videoHolmes,
]

/** One of the two; neither where nothing was named. */
export interface FormatOrBenchmark {
  readonly benchmark?: Benchmark
  readonly format?: string
}

const bare = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, '')

/**
 * What a name given as a format means: a benchmark, whose files tell their form by their content, or a form of data sets. Benchmarks may
 * be written with or without dashes. Left: `UnknownFormat`, with the names that there are.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import { formatOrBenchmark } from 'kinograd/evaluation'
 *
 * const found = formatOrBenchmark('VideoMME')
 * assert(E.isRight(found) && found.right.benchmark?.name === 'video-mme' && found.right.format === undefined)
 * ```
 */
export const formatOrBenchmark = (name: string): E.Either<Fault, FormatOrBenchmark> => {
  const benchmark = benchmarks.find(one => bare(one.name) === bare(name))
  const format = formats.find(one => one.name === name)?.name
  if (benchmark !== undefined) return E.right({ benchmark })
  if (format !== undefined) return E.right({ format })
  const known = [...new Set([...formats.map(one => one.name), ...benchmarks.map(one => one.name)])]
  return E.left(
    fault('UnknownFormat', `there is no format ${brief(name)}; there are ${known.join(', ')}`, 'Name one of them.'),
  )
}

/**
 * The benchmark that a record is of, told by the folder of its clip or by its source; undefined for others.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { benchmarkOf } from 'kinograd/evaluation'
 *
 * const more = { problem: 'Which?', problemType: 'multiple choice', dataType: 'video', options: ['A. a', 'B. b'], source: '' } as const
 * const record = { ...more, id: '7', answer: 'A', path: './Evaluation/VideoMMMU/validation_Art_1.mp4' }
 * assert.equal(benchmarkOf(record)?.name, 'videommmu')
 * ```
 */
export const benchmarkOf = (record: VideoRecord): Benchmark | undefined => benchmarks.find(one => one.holds(record))

/** The published names of what most benchmarks tell, and what it is called here. */
const common = [
  ['task', 'task_type'],
  ['task', 'task'],
  ['duration', 'duration'],
  ['domain', 'domain'],
  ['track', 'track'],
] as const

/** A duration in seconds is no class of durations. */
const isClass = (name: string, value: string): boolean => name !== 'duration' || !/^[\d.]+$/.test(value)

/**
 * What a record says of itself that scores are broken down by: its type, what its benchmark tells, the fields that are named as other
 * benchmarks name theirs (`task`, `duration`, `domain`, `track`), its `kind`, and fields of your own that `by` names.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { labelsOf } from 'kinograd/evaluation'
 *
 * const more = { problem: 'Which?', problemType: 'multiple choice', dataType: 'video', options: ['A. a', 'B. b'], source: '' } as const
 * const record = { ...more, id: '301', answer: 'A', path: './Evaluation/VideoMMMU/validation_Art_1.mp4' }
 * assert.deepEqual(labelsOf(record), { type: 'multiple choice', track: 'comprehension', subject: 'Art' })
 * ```
 */
export const labelsOf = (record: VideoRecord, by: readonly string[] = []): Labels => {
  const said: Record<string, string> = { type: record.problemType }
  const benchmark = benchmarkOf(record)
  const own = benchmark?.labels?.(record) ?? {}
  if (
    record.kind !== undefined &&
    !/^(?:none|multiple-choice|open)$/i.test(record.kind) &&
    !Object.values(own).includes(record.kind)
  )
    said.task = record.kind
  for (const [name, field] of common) {
    const value = fieldOf(record, field)
    if (value !== undefined && isClass(name, value)) said[name] = value
  }
  Object.assign(said, own)
  for (const name of by) {
    const value = fieldOf(record, name)
    if (value !== undefined) said[name] = value
  }
  return said
}
