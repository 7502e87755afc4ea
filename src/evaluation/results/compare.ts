import { createHash } from 'node:crypto'
import { either as E, type taskEither as TE } from 'fp-ts'
import { type Fault, fault } from '../../flow/index.ts'
import { brief } from '../../untrusted/index.ts'
import { addTo, emptySum, type MeanScore, measuredOf } from '../scores/measured.ts'
import { mcnemarExact, type PairedDifference, pairedBootstrap } from '../scores/paired.ts'
import type { ResultRead } from './entry.ts'
import { readFailedIds, readResults } from './read-results.ts'

/** Two results on the same questions. */
export interface Compared {
  /** Questions that both have a score of. */
  readonly items: number
  /** Questions that failed in one or in both: left out. */
  readonly leftOut: number
  readonly first: MeanScore
  readonly second: MeanScore
  /** Second less first, with the paired bootstrap's interval. */
  readonly difference: PairedDifference
  /** Questions that only one of both answered rightly, and McNemar's exact chance of that. */
  readonly onlyFirst: number
  readonly onlySecond: number
  readonly p: number
}

/** How chance is drawn. */
export interface CompareOptions {
  /** Resamplings of the paired bootstrap; 2,000 when not given. */
  readonly draws?: number
  /** 1 when not given. */
  readonly seed?: number
}

/** What is remembered of a question: its score, and which question it was. */
interface Kept {
  readonly reward: number
  readonly correct: boolean
  readonly question: string
}

const keptOf = ({ reward, correct = reward === 1, problem = '', solution = '' }: ResultRead): Kept => ({
  ...{ reward, correct },
  question: createHash('sha256')
    .update(JSON.stringify([problem, solution]))
    .digest('base64')
    .slice(0, 16),
})

const twice = (path: string, id: string): Fault =>
  fault(
    'DuplicateId',
    `${path} holds two results of question ${brief(id)}`,
    'Give every record an id of its own, and evaluate again.',
  )

const keptIn = async (path: string): Promise<E.Either<Fault, ReadonlyMap<string, Kept>>> => {
  const all = new Map<string, Kept>()
  for await (const read of readResults(path)) {
    if (E.isLeft(read)) return read
    const id = String(read.right.problem_id)
    if (all.has(id)) return E.left(twice(path, id))
    all.set(id, keptOf(read.right))
  }
  return all.size === 0
    ? E.left(fault('NothingMeasured', `${path} holds no result`, 'Evaluate first, or name another file.'))
    : E.right(all)
}

const some = (ids: readonly string[]): string =>
  `${ids.length} (${ids
    .slice(0, 5)
    .map(id => brief(id))
    .join(', ')}${ids.length > 5 ? ', …' : ''})`

const different = (why: string): Fault =>
  fault('DifferentItems', why, 'Compare two evaluations of the same records: the same file, --limit and --sample.')

interface Side {
  readonly path: string
  readonly kept: ReadonlyMap<string, Kept>
  readonly failed: ReadonlySet<string>
}

const lacking = (one: Side, other: Side): readonly string[] =>
  [...one.kept.keys()].filter(id => !other.kept.has(id) && !other.failed.has(id))

/** Why two results are not of the same questions. */
const unlike = (first: Side, second: Side): Fault | undefined => {
  const [less, more] = [lacking(first, second), lacking(second, first)]
  if (less.length + more.length > 0)
    return different(
      [
        ...(less.length === 0 ? [] : [`${second.path} lacks ${some(less)} that ${first.path} has`]),
        ...(more.length === 0 ? [] : [`${first.path} lacks ${some(more)} that ${second.path} has`]),
      ].join('; '),
    )
  const other = [...first.kept].filter(([id, { question }]) => (second.kept.get(id)?.question ?? question) !== question)
  return other.length === 0
    ? undefined
    : different(`questions of the same id are not the same: ${some(other.map(([id]) => id))}`)
}

const comparing = (first: Side, second: Side, options: CompareOptions): E.Either<Fault, Compared> => {
  const differences: number[] = []
  const [one, other] = [emptySum(), emptySum()]
  let [onlyFirst, onlySecond] = [0, 0]
  for (const [id, a] of first.kept) {
    const b = second.kept.get(id)
    if (b === undefined) continue
    differences.push(b.reward - a.reward)
    addTo(one, a.reward)
    addTo(other, b.reward)
    if (a.correct && !b.correct) onlyFirst++
    if (b.correct && !a.correct) onlySecond++
  }
  const [measured, against, difference] = [measuredOf(one), measuredOf(other), pairedBootstrap(differences, options)]
  if (measured === undefined || against === undefined || difference === undefined)
    return E.left(fault('NothingMeasured', 'no question has a score in both', 'Look at what failed.'))
  const all = new Set([...first.kept.keys(), ...second.kept.keys(), ...first.failed, ...second.failed])
  return E.right({
    ...{ items: differences.length, leftOut: all.size - differences.length, first: measured, second: against },
    ...{ difference, onlyFirst, onlySecond, p: mcnemarExact(onlyFirst, onlySecond) },
  })
}

/**
 * Compares two results on the same questions, pair by pair: the difference of mean rewards with the paired bootstrap's interval, and
 * McNemar's exact test on the questions that only one got right. What failed in one of both is left out, and told. Files of Video-R1's own
 * script are compared too. Holds a number and a digest for each question.
 *
 * Left: `DifferentItems`, with the ids, where one file has questions that the other neither answered nor failed, or another question under
 * the same id; `DuplicateId`, `NothingMeasured`, the faults of the files.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { mkdtemp, writeFile } from 'node:fs/promises'
 * import { tmpdir } from 'node:os'
 * import { join } from 'node:path'
 * import { either as E } from 'fp-ts'
 * import { compareResults } from 'kinograd/evaluation'
 *
 * const folder = await mkdtemp(join(tmpdir(), 'compare-'))
 * const write = async (name: string, rewards: readonly number[]) => {
 *   const results = rewards.map((reward, n) => ({ problem_id: n, reward, correct: reward === 1 }))
 *   await writeFile(join(folder, name), JSON.stringify({ results, final_acc: [{}] }))
 *   return join(folder, name)
 * }
 * const compared = await compareResults(await write('a.json', [0, 0, 1]), await write('b.json', [1, 1, 1]))()
 * assert(E.isRight(compared) && compared.right.onlySecond === 2)
 * const refused = await compareResults(await write('a.json', [0, 0, 1]), await write('b.json', [1, 1]))()
 * assert(E.isLeft(refused) && refused.left._tag === 'DifferentItems')
 * ```
 */
export const compareResults =
  (first: string, second: string, options: CompareOptions = {}): TE.TaskEither<Fault, Compared> =>
  async () => {
    const sides: Side[] = []
    for (const path of [first, second]) {
      const kept = await keptIn(path)
      if (E.isLeft(kept)) return kept
      sides.push({ path, kept: kept.right, failed: await readFailedIds(path) })
    }
    const [one, other] = sides
    const wrong = unlike(one!, other!)
    return wrong === undefined ? comparing(one!, other!, options) : E.left(wrong)
  }
