import { defect, fault } from '../flow/index.ts'

/** Which checkpoints stay. A number is the newest so many. */
export type Keep<V> =
  | number
  | {
      /** The newest so many; 2 by default. */
      readonly last?: number
      /** Those whose number of updates is a multiple of this, for good. */
      readonly every?: number
      /** The `count` best (1 by default) by a number of what `evaluate` said of them: the greatest, the newer of equal ones. */
      readonly best?: { readonly measure: (evaluation: V) => number; readonly count?: number }
    }

/** A checkpoint, how far it came, and the number that it is measured by. */
export interface Kept {
  readonly name: string
  readonly updates: number
  readonly batches: number
  readonly measured?: number
}

const positive = (n: number | undefined): boolean => n === undefined || (Number.isInteger(n) && n > 0)

/** A policy with every number in it. Throws a `Defect` where one is no positive integer. */
export const keepPolicy = <V>(keep: Keep<V>) => {
  const asked = typeof keep === 'number' ? { last: keep } : keep
  const { last = 2, every, best }: Exclude<Keep<V>, number> = asked
  if (positive(last) && positive(every) && positive(best?.count)) return { last, every, best }
  const said = [
    `last ${last}`,
    ...(every === undefined ? [] : [`every ${every}`]),
    ...(best?.count === undefined ? [] : [`best ${best.count}`]),
  ]
  throw defect(fault('BadKeep', `checkpoints are to be kept: ${said.join(', ')}`, 'Give integers of at least 1.'))
}

/** Those of all checkpoints, oldest first, that a policy lets go. The newest is never among them. */
export const outdated = (
  all: readonly Kept[],
  {
    last,
    every,
    best,
  }: {
    readonly last: number
    readonly every: number | undefined
    readonly best: { readonly count?: number } | undefined
  },
): readonly Kept[] => {
  const newest = new Set(all.slice(-last))
  const measured = all.filter(({ measured: value }) => value !== undefined && Number.isFinite(value))
  const leading = new Set(
    best === undefined
      ? []
      : measured.sort((a, b) => b.measured! - a.measured! || b.updates - a.updates).slice(0, best.count ?? 1),
  )
  return all.filter(one => !newest.has(one) && !leading.has(one) && !(every !== undefined && one.updates % every === 0))
}
