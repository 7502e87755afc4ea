import { defect, type Fault, fault } from './fault.ts'

/** Decides when failed members cost the whole group; asked after every member. */
export interface GroupPolicy {
  readonly name: string
  /** The reason to give the group up, if so, knowing how many of `size` members have failed so far. */
  readonly giveUp: (failed: number, size: number) => Fault | undefined
}

/**
 * Never gives up: failed members stay in the batch as failed.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { keepAll } from 'kinograd/flow'
 *
 * assert.equal(keepAll.giveUp(7, 8), undefined)
 * ```
 */
export const keepAll: GroupPolicy = { name: 'keepAll', giveUp: () => undefined }

/**
 * Gives up at the first failed member.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { failFast } from 'kinograd/flow'
 *
 * assert.equal(failFast.giveUp(0, 8), undefined)
 * assert.equal(failFast.giveUp(1, 8)?._tag, 'GroupFailed')
 * ```
 */
export const failFast: GroupPolicy = {
  name: 'failFast',
  giveUp: (failed, size) =>
    failed === 0
      ? undefined
      : fault('GroupFailed', `${failed} of ${size} members failed`, 'See the first failure, or use minViable(k)'),
}

/**
 * Gives up as soon as fewer than `k` members can still succeed. Throws a `Defect` if k is not a positive integer.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { minViable } from 'kinograd/flow'
 *
 * const half = minViable(4)
 * assert.equal(half.giveUp(4, 8), undefined)
 * assert.equal(half.giveUp(5, 8)?.cause, '5 of 8 members failed, which leaves 3 where 4 are needed')
 * ```
 */
export const minViable = (k: number): GroupPolicy => {
  if (!(Number.isInteger(k) && k > 0))
    throw defect(fault('BadGroup', `minViable(${k})`, 'Give an integer of at least 1'))
  return {
    name: `minViable(${k})`,
    giveUp: (failed, size) =>
      size - failed >= k
        ? undefined
        : fault(
            'GroupFailed',
            `${failed} of ${size} members failed, which leaves ${size - failed} where ${k} are needed`,
            'See the failures, or lower k',
          ),
  }
}
