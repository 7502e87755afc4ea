import { either as E, function as F } from 'fp-ts'
import type { Tokenizer } from '../engine/index.ts'
import type { Adding, Fault } from '../flow/index.ts'
import { fault, stage } from '../flow/index.ts'
import { type HasGroup, type HasPrompt, type HasRecord, recordId } from './items.ts'

type Begun = HasRecord & HasPrompt & HasGroup

const mediaTokens = (id: string): Fault =>
  fault(
    'MediaTokens',
    `record ${id}: a completion, or what is put behind it, has tokens that stand for pictures`,
    'Leave the item out: a prompt has no more such tokens than its media make. A policy that is trained writes none.',
  )

/**
 * Goes on where a completion stopped: the prompt becomes prompt, completion and `text`, and another `rollout` behind it writes the rest.
 * So something can be put between the processes of one output: passages that were retrieved, what a tool said. Reads `record`, `prompt`
 * and `group` (one completion each; sample it with `stop` at the end of its process), puts a longer `prompt` in the place of the first;
 * media stay as they are. Left: `NotOneCompletion`; `MediaTokens`, the policy or the text wrote a token that stands for a picture; what
 * the tokenizer gives.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import type { VideoRecord } from 'kinograd/dataset'
 * import { tinyPolicy } from 'kinograd/engine/tfjs'
 * import { items } from 'kinograd/flow'
 * import { continuePrompt } from 'kinograd/stages'
 * import { firstValueFrom } from 'rxjs'
 *
 * const more = { options: [], path: 'a.mp4', source: '' }
 * const record: VideoRecord = { ...more, id: 'a', problem: 'How many?', answer: '3', problemType: 'numerical', dataType: 'video' }
 * const { engine, tokenizer } = tinyPolicy()
 * engine.dispose()
 * const logprobs = Float32Array.of(0)
 * const completion = { ids: Int32Array.of(2), logprobs, samplingLogprobs: logprobs, stop: 'stop' } as const
 * const begun = { record, prompt: { ids: Int32Array.of(1), media: [] }, group: [completion] }
 * const item = await firstValueFrom(items([begun]).pipe(continuePrompt(tokenizer, () => 'A')))
 * assert(E.isRight(item))
 * assert.deepEqual(item.right.prompt.ids.slice(0, 2), Int32Array.of(1, 2))
 * ```
 */
export const continuePrompt = <N extends Begun>(
  tokenizer: Pick<Tokenizer, 'encode' | 'ids'>,
  text: (item: N) => string,
): Adding<N, HasPrompt> =>
  stage.addingEither({ name: 'continue', item: recordId }, (item: N): E.Either<Fault, HasPrompt> => {
    const { prompt, group, record } = item
    const [begun] = group
    if (begun === undefined || group.length > 1)
      return E.left(
        fault(
          'NotOneCompletion',
          `record ${record.id} has ${group.length} completions to go on from`,
          'Sample one completion a prompt, or ask the question several times.',
        ),
      )
    return F.pipe(
      tokenizer.encode(text(item)),
      E.mapLeft((wrong): Fault => wrong),
      E.map(more => Int32Array.from([...begun.ids, ...more])),
      E.filterOrElse(
        written => !written.some(id => id === tokenizer.ids.image || id === tokenizer.ids.video),
        () => mediaTokens(record.id),
      ),
      E.map(written => ({ prompt: { ...prompt, ids: Int32Array.from([...prompt.ids, ...written]) } })),
    )
  })
