import type { Owners } from '../owners.ts'
import type { Flat } from './flat.ts'
import type { Totals } from './objective.ts'
import type { FilledLossOptions } from './options.ts'

/** What each token's loss is multiplied with so that the plain sum is the mean that was asked for. */
export interface Shares {
  /** One a token, 0 where it does not count. */
  readonly policy: Float64Array
  /** One a sequence. */
  readonly kl: Float64Array
}

/** 1 / (sequences · tokens of the token's own process in its sequence); 0 for tokens of no process. */
const bySegment = (flat: Flat, owners: readonly Owners<string>[], sequences: number, policy: Float64Array): void => {
  for (const [b, own] of owners.entries()) {
    const start = flat.starts[b]!
    const found = new Map<string, number>()
    for (const [t, owner] of own.entries())
      if (owner !== null && flat.counted[start + t] === 1) found.set(owner, (found.get(owner) ?? 0) + 1)
    for (const [t, owner] of own.entries())
      if (owner !== null && flat.counted[start + t] === 1) policy[start + t] = 1 / (sequences * (found.get(owner) ?? 1))
  }
}

/** The shares of a batch. */
export const shares = (
  { type, maxCompletionLength }: FilledLossOptions,
  flat: Flat,
  { sequences, tokens }: Totals,
  owners: readonly Owners<string>[] | undefined,
): Shares => {
  const { starts, lengths, counted } = flat
  const byToken = 1 / Math.max(1, tokens)
  const byLimit = 1 / (sequences * maxCompletionLength)
  const own = (b: number): number => 1 / (sequences * Math.max(1, lengths[b]!))
  const share =
    type === 'dr_grpo' ? () => byLimit : type === 'bnpo' || type === 'dapo' || type === 'cispo' ? () => byToken : own
  const kl = Float64Array.from({ length: flat.sequences }, (_, b) => share(b))
  const policy = new Float64Array(counted.length)
  if (type !== 'segment_mean') {
    for (let b = 0; b < flat.sequences; b++)
      for (let i = starts[b]!; i < starts[b + 1]!; i++) policy[i] = counted[i] === 1 ? kl[b]! : 0
    return { policy, kl }
  }
  if (owners === undefined) throw new RangeError('the loss "segment_mean" needs the owners of the tokens')
  bySegment(flat, owners, sequences, policy)
  return { policy, kl }
}
