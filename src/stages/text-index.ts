import { either as E } from 'fp-ts'
import MiniSearch from 'minisearch'
import { type Fault, fault } from '../flow/index.ts'

/** A piece of text that can be found: a fact, a paragraph of a manual. */
export interface Passage {
  readonly id: string
  /** What it is about: words here count three times. */
  readonly title?: string
  readonly text: string
}

/** A full-text index over passages. */
export interface TextIndex {
  /** How many passages it holds; at least one. */
  readonly size: number
  /** At most `most` passages that share words with the query, the best first; none where none does. */
  readonly find: (query: string, most: number) => readonly Passage[]
}

/** A query may be what a model wrote: more of it than this is not looked at. */
const longestQuery = 4000

/**
 * A full-text index in memory, over MiniSearch: passages are ranked by BM25 over their words, whatever their case. For `retrieve`. Holds
 * the passages and their words. Left: `EmptyIndex`, no passage, or none with a word; `DuplicateId`, two passages of one id.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import { textIndex } from 'kinograd/stages'
 *
 * const index = textIndex([
 *   { id: 'iron', text: 'Iron melts at 1538 degrees.' },
 *   { id: 'lead', text: 'Lead melts at 327 degrees.' },
 * ])
 * assert(E.isRight(index))
 * assert.equal(index.right.find('the pot holds lead', 1)[0]?.id, 'lead')
 * assert.equal(E.isLeft(textIndex([])), true)
 * ```
 */
export const textIndex = (passages: readonly Passage[]): E.Either<Fault<'EmptyIndex' | 'DuplicateId'>, TextIndex> => {
  const byId = new Map(passages.map(passage => [passage.id, passage]))
  const twice = passages.find(passage => byId.get(passage.id) !== passage)
  if (twice !== undefined)
    return E.left(fault('DuplicateId', `two passages have the id ${twice.id}`, 'Give each passage an id of its own.'))
  const index = new MiniSearch<Passage>({ fields: ['title', 'text'], searchOptions: { boost: { title: 3 } } })
  index.addAll(passages)
  if (index.termCount === 0)
    return E.left(
      fault(
        'EmptyIndex',
        `an index of ${passages.length} passages has no word to be found by`,
        'Give it passages with text, or leave retrieval out.',
      ),
    )
  return E.right({
    size: byId.size,
    find: (query, most) =>
      index
        .search(query.slice(0, longestQuery))
        .slice(0, most)
        .flatMap(({ id }) => byId.get(String(id)) ?? []),
  })
}
