import { either as E } from 'fp-ts'
import type { Adding, Fault, Known, Reading } from '../flow/index.ts'
import { stage } from '../flow/index.ts'
import { type HasRecord, type HasTarget, recordId } from './items.ts'

/**
 * What supervised fine-tuning should make likely, as token ids, the end-of-sequence token included. Reads `record` and whatever `make`
 * looks at, most often `chain`; adds `target`. Items keep their order. Left: what `make` gives, such as `BadTokenizer`.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import type { VideoRecord } from 'kinograd/dataset'
 * import { tinyPolicy } from 'kinograd/engine/tfjs'
 * import { items } from 'kinograd/flow'
 * import { toTarget } from 'kinograd/stages'
 * import { firstValueFrom } from 'rxjs'
 *
 * const more = { options: [], path: 'a.mp4', source: '' }
 * const record: VideoRecord = { ...more, id: 'a', problem: 'How many balls?', answer: '3', problemType: 'numerical', dataType: 'video' }
 * const { engine, tokenizer } = tinyPolicy()
 * const target = toTarget(({ record }) => tokenizer.encode(`<answer>${record.answer}</answer><|im_end|>`))
 * const item = await firstValueFrom(items([{ record }]).pipe(target))
 * assert(E.isRight(item))
 * assert.equal(item.right.target.at(-1), tokenizer.eos)
 * engine.dispose()
 * ```
 */
export function toTarget<A>(
  make: ((item: NoInfer<A> & HasRecord) => E.Either<Fault, Int32Array>) & Known<A>,
): Reading<HasRecord, A, HasTarget>
export function toTarget<N extends HasRecord>(make: (item: N) => E.Either<Fault, Int32Array>): Adding<N, HasTarget>
export function toTarget<N extends HasRecord>(make: (item: N) => E.Either<Fault, Int32Array>): Adding<N, HasTarget> {
  return stage.addingEither({ name: 'target', item: recordId }, (item: N) =>
    E.map((target: Int32Array) => ({ target }))(make(item)),
  )
}
