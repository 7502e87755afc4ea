import type fc from 'fast-check'
import type { LossBatch, Objective } from '../../advantage/index.ts'
import { type Law, law } from '../law.ts'
import { shownBatch, type TokenBatch } from './batches.ts'
import type { LossDefinition } from './definition.ts'
import { gradientDiffers, lossDiffers } from './differing.ts'
import { type Hints, nearest, shownDefinition } from './known.ts'

type Make = (batch: LossBatch) => Objective

/** What a loss is compared with, and what is said of it where it differs. */
type Compared = (differs: typeof lossDiffers, given: TokenBatch) => string | null

const looks = {
  loss: 'which side is clipped for which sign, what the mean is over, `totals`, `weights`, the KL and its direction',
  gradient: 'tokens whose ratio is bounded, and what is a constant to the gradient',
}

const compared = (
  batches: fc.Arbitrary<TokenBatch>,
  what: string,
  hint: string,
  compare: Compared,
): { readonly loss: Law; readonly gradient: Law } => ({
  loss: law('definition', `the loss is that of ${what}`, batches, given => compare(lossDiffers, given), {
    shown: shownBatch,
    look: `${looks.loss}${hint}`,
  }),
  gradient: law(
    'definition of the gradient',
    `the gradient is that of ${what}, by exact derivatives`,
    batches,
    given => compare(gradientDiffers, given),
    { shown: shownBatch, look: `${looks.gradient}${hint}` },
  ),
})

/** A loss against its definition. */
export const defined = (make: Make, batches: fc.Arbitrary<TokenBatch>, d: LossDefinition) =>
  compared(batches, shownDefinition(d), '', (differs, given) => differs(make, d, given))

/** A loss against the known one that it is nearest to: which, is found by trying. */
export const recognised = (make: Make, batches: fc.Arbitrary<TokenBatch>, hints: Hints) => {
  let found: ReturnType<typeof nearest> | undefined
  const hint = "; or promise which loss it is: `definition: 'own'` for one of your own"
  return compared(batches, 'one of the known losses', hint, (differs, given) => {
    found ??= nearest(make, hints)
    const [d, share] = found[0] ?? [{ type: 'grpo' }, 0]
    const why = differs(make, d, given)
    if (why === null) return null
    return share === 1
      ? `of ${shownDefinition(d)}, ${why}`
      : `it is none of ${found.length} known losses; nearest is ${shownDefinition(d)}: ${why}`
  })
}
