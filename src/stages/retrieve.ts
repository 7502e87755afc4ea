import { either as E } from 'fp-ts'
import type { Adding, Fault } from '../flow/index.ts'
import { fault, stage } from '../flow/index.ts'
import { type HasPassages, type HasRecord, recordId } from './items.ts'
import type { TextIndex } from './text-index.ts'

/** What is looked for. */
export interface RetrieveOptions<N> {
  /** The query of an item: what was observed, the question, or both. */
  readonly query: (item: N) => string
  /** At most so many passages; 3 when not given. */
  readonly most?: number
}

/**
 * Retrieval: finds passages about an item, such as facts that no clip shows (missing knowledge is a
 * failure that arXiv 2511.11113, section 11, leaves open). Stands
 * where the query is known: behind a question, or between perception and reasoning, where `continuePrompt` hands on what was found.
 * Reads `record` and what `query` reads, adds `passages`, the best first, none where nothing is found. Items keep their order. Left:
 * `EmptyQuery`, a query without a letter or digit.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import type { VideoRecord } from 'kinograd/dataset'
 * import { items, orThrow } from 'kinograd/flow'
 * import { type HasRecord, retrieve, textIndex } from 'kinograd/stages'
 * import { firstValueFrom } from 'rxjs'
 *
 * const more = { options: [], path: 'a.mp4', source: '' }
 * const record: VideoRecord = { ...more, id: 'a', problem: 'At what heat does it melt?', answer: '327', problemType: 'numerical', dataType: 'video' }
 * const index = orThrow(textIndex([{ id: 'lead', text: 'Lead melts at 327 degrees.' }]))
 * const query = ({ record: { problem }, seen }: HasRecord & { readonly seen: string }) => `${problem} ${seen}`
 * const found = await firstValueFrom(items([{ record, seen: 'a pot of lead' }]).pipe(retrieve(index, { query })))
 * assert(E.isRight(found))
 * assert.equal(found.right.passages[0]?.text, 'Lead melts at 327 degrees.')
 * ```
 */
export const retrieve = <N extends HasRecord>(
  index: TextIndex,
  { query, most = 3 }: RetrieveOptions<N>,
): Adding<N, HasPassages> =>
  stage.addingEither({ name: 'retrieve', item: recordId }, (item: N): E.Either<Fault, HasPassages> => {
    const asked = query(item)
    return /[\p{L}\p{N}]/u.test(asked)
      ? E.right({ passages: index.find(asked, most) })
      : E.left(
          fault(
            'EmptyQuery',
            `record ${item.record.id}: the query ${JSON.stringify(asked.slice(0, 80))} has no word`,
            'Ask with the question as well as with what was observed.',
          ),
        )
  })
