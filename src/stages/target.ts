import { either as E } from 'fp-ts'
import type { Adding, Fault, Known, Reading } from '../flow/index.ts'
import { stage } from '../flow/index.ts'
import { type HasRecord, type HasTarget, recordId } from './items.ts'

/**
 * What supervised fine-tuning should make likely, as token ids, the end-of-sequence token included: `make` turns an item's chain
 * into them, as `({ chain }) => tokenizer.encode(`${chain}<|im_end|>`)`. Left: what `make` gives.
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
