import { either as E, function as F } from 'fp-ts'
import type { Tokenizer } from '../engine/index.ts'
import type { Adding, Fault } from '../flow/index.ts'
import { fault, stage } from '../flow/index.ts'
import { type HasGroup, type HasPrompt, type HasRecord, recordId } from './items.ts'

type Begun = HasRecord & HasPrompt & HasGroup

/**
 * Goes on where a completion stopped: the prompt becomes prompt, completion and `text`, and another `rollout` behind it writes the rest.
 * So something can be put between the processes of one output: passages that were retrieved, what a tool said. Reads `record`, `prompt`
 * and `group` (one completion each; sample it with `stop` at the end of its process), puts a longer `prompt` in the place of the first;
 * media stay as they are. Left: `NotOneCompletion`; what the tokenizer gives.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import type { VideoRecord } from 'kinograd/dataset'
 * import { items } from 'kinograd/flow'
 * import { continuePrompt } from 'kinograd/stages'
 * import { firstValueFrom } from 'rxjs'
 *
 * const more = { options: [], path: 'a.mp4', source: '' }
 * const record: VideoRecord = { ...more, id: 'a', problem: 'How many?', answer: '3', problemType: 'numerical', dataType: 'video' }
 * const tokenizer = { encode: (text: string) => E.right(Int32Array.from(text, c => c.charCodeAt(0))) }
 * const logprobs = Float32Array.of(0)
 * const completion = { ids: Int32Array.of(2), logprobs, samplingLogprobs: logprobs, stop: 'stop' } as const
 * const begun = { record, prompt: { ids: Int32Array.of(1), media: [] }, group: [completion] }
 * const item = await firstValueFrom(items([begun]).pipe(continuePrompt(tokenizer, () => 'A')))
 * assert(E.isRight(item))
 * assert.deepEqual(item.right.prompt.ids, Int32Array.of(1, 2, 65))
 * ```
 */
export const continuePrompt = <N extends Begun>(
  tokenizer: Pick<Tokenizer, 'encode'>,
  text: (item: N) => string,
): Adding<N, HasPrompt> =>
  stage.addingEither({ name: 'continue', item: recordId }, (item: N): E.Either<Fault, HasPrompt> => {
    const { prompt, group, record } = item
    const [begun] = group
    return begun === undefined || group.length > 1
      ? E.left(
          fault(
            'NotOneCompletion',
            `record ${record.id} has ${group.length} completions to go on from`,
            'Sample one completion a prompt, or ask the question several times.',
          ),
        )
      : F.pipe(
          tokenizer.encode(text(item)),
          E.map(more => ({ prompt: { ...prompt, ids: Int32Array.from([...prompt.ids, ...begun.ids, ...more]) } })),
        )
  })
