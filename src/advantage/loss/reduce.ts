import type { Owners } from '../tokens.ts'
import type { Totals } from './objective.ts'
import type { FilledLossOptions } from './options.ts'

/** What each token's loss is multiplied with so that the plain sum is the mean that was asked for. */
export interface Shares {
  readonly policy: (sequence: number, token: number) => number
  readonly kl: (sequence: number) => number
}

const ownerCounts = (
  owners: Owners<string>,
  counts: (token: number) => boolean,
): ReadonlyMap<string | null, number> => {
  const found = new Map<string | null, number>()
  for (const [t, owner] of owners.entries()) if (counts(t)) found.set(owner, (found.get(owner) ?? 0) + 1)
  return found
}

/** The shares of a batch; `lengths` are the counted tokens of its sequences. */
export const shares = (
  { type, maxCompletionLength }: FilledLossOptions,
  lengths: readonly number[],
  totals: Totals,
  owners: readonly Owners<string>[] | undefined,
  counts: (sequence: number, token: number) => boolean,
): Shares => {
  const perSequence = (b: number): number => 1 / (totals.sequences * Math.max(1, lengths[b] ?? 0))
  const same = (share: number): Shares => ({ policy: () => share, kl: () => share })
  switch (type) {
    case 'grpo':
    case 'sapo':
      return { policy: perSequence, kl: perSequence }
    case 'bnpo':
    case 'dapo':
    case 'cispo':
      return same(1 / Math.max(1, totals.tokens))
    case 'dr_grpo':
      return same(1 / (totals.sequences * maxCompletionLength))
    case 'segment_mean': {
      if (owners === undefined) throw new RangeError('the loss "segment_mean" needs the owners of the tokens')
      const byOwner = owners.map((own, b) => ownerCounts(own, t => counts(b, t)))
      return {
        policy: (b, t) => {
          const owner = owners[b]?.[t] ?? null
          return owner === null ? 0 : 1 / (totals.sequences * (byOwner[b]?.get(owner) ?? 1))
        },
        kl: perSequence,
      }
    }
  }
}
