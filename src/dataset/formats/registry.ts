import { either as E } from 'fp-ts'
import { fault } from '../../flow/index.ts'
import { brief } from '../../untrusted/index.ts'
import { isRow } from '../extra.ts'
import type { DatasetFault } from '../fault.ts'
import type { Format } from './format.ts'
import { llamaFactory, llamaFactoryAlpaca } from './llama-factory.ts'
import { llavaVideo } from './llava-video.ts'
import { msSwift } from './ms-swift.ts'
import { mvBench } from './mv-bench.ts'
import { nextQa } from './next-qa.ts'
import { tempCompass } from './temp-compass.ts'
import { trl } from './trl.ts'
import { vcrBench } from './vcr-bench.ts'
import { videoHolmes } from './video-holmes.ts'
import { videoR1 } from './video-r1.ts'

/**
 * The forms of data sets that are read by name (`--format NAME`), each with a sentence about it; those with `write` are written too.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { formats } from 'kinograd/dataset'
 *
 * assert(formats.some(({ name }) => name === 'video-r1'))
 * ```
 */
export const formats: readonly Format[] = [
  videoR1,
  tempCompass,
  vcrBench,
  videoHolmes,
  mvBench,
  llavaVideo,
  nextQa,
  msSwift,
  llamaFactory,
  llamaFactoryAlpaca,
  trl,
]

/** The names, as faults list them. */
const names = (): string => formats.map(({ name }) => name).join(', ')

/**
 * The format of a name. Left: `UnknownFormat`, with the names that there are.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import { formatNamed } from 'kinograd/dataset'
 *
 * const found = formatNamed('video-r2')
 * assert(E.isLeft(found) && found.left.cause.includes('video-r1'))
 * ```
 */
export const formatNamed = (name: string): E.Either<DatasetFault, Format> =>
  E.fromNullable(
    fault('UnknownFormat', `there is no format ${brief(name)}; there are ${names()}`, 'Name one of them.'),
  )(formats.find(format => format.name === name))

/** The one format that a value is of for certain. Left: `UnknownFormat`, where it is none of them or could be several. */
export const formatOf = (value: unknown, where: string): E.Either<DatasetFault, Format> => {
  const fitting = isRow(value) ? formats.filter(format => format.fits(value)) : []
  const [only, ...others] = fitting
  if (only !== undefined && others.length === 0) return E.right(only)
  const found =
    only === undefined
      ? `is of no format known for certain (${fields(value)})`
      : `may be ${fitting.map(({ name }) => name).join(' or ')}`
  return E.left(
    fault(
      'UnknownFormat',
      `${where} ${found}; there are ${names()}`,
      'Say which it is, or which fields it has (a field map).',
    ),
  )
}

const fields = (value: unknown): string => (isRow(value) ? `fields ${brief(Object.keys(value))}` : brief(value))
