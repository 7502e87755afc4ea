import { defect, type Fault, fault } from './fault.ts'

/** Decides when a group with failed members is worth nothing any more: a small value, asked after every member. */
export interface GroupPolicy {
  readonly name: string
  /** The reason to give the group up, if so, knowing how many of `size` members have failed so far. */
  readonly giveUp: (failed: number, size: number) => Fault | undefined
}

/** Never gives up: failed members are carried along and counted. */
export const keepAll: GroupPolicy = { name: 'keepAll', giveUp: () => undefined }

/** Gives up at the first failed member. */
export const failFast: GroupPolicy = {
  name: 'failFast',
  giveUp: (failed, size) =>
    failed === 0
      ? undefined
      : fault('GroupFailed', `${failed} of ${size} members failed`, 'See the first failure, or use minViable(k)'),
}

/** Gives up as soon as fewer than `k` members can still succeed. Throws a `Defect` if k is not a positive integer. */
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
