import { teacherFault } from '../fault.ts'
import type { TeacherFault } from '../types.ts'
import type { Desk } from './desk.ts'
import type { Parcel } from './outbox.ts'

/** What of a chunk may be sent, and why the rest may not. */
export interface Affordable {
  readonly parcels: readonly Parcel[]
  readonly rest: readonly Parcel[]
  readonly fault: TeacherFault
}

/** How many of the parcels fit, in their order. */
const fitting = (parcels: readonly Parcel[], dollars: number): number => {
  let left = dollars
  const first = parcels.findIndex(({ reserve }) => {
    left -= reserve
    return left < 0
  })
  return first < 0 ? parcels.length : first
}

/**
 * Lets a chunk pass whose most possible cost fits into the budget beside what is spent and what is under way. Where it
 * does not, `settled` is waited for, as batches cost less than the most; once nothing is under way, what fits may go.
 */
export const affordable = async (
  { name, history, settings: { budget, elsewhere }, halted }: Desk,
  parcels: readonly Parcel[],
  settled: () => Promise<void>,
): Promise<Affordable> => {
  for (;;) {
    const open = history.open()
    const spent = (history.spent().dollars ?? 0) + elsewhere()
    const reserved = open.reduce((sum, { reserve }) => sum + reserve, 0)
    const count = budget === undefined ? parcels.length : fitting(parcels, budget - spent - reserved)
    if (count === parcels.length || open.length === 0 || halted() !== undefined) {
      const most = parcels.slice(count).reduce((sum, { reserve }) => sum + reserve, 0)
      const fault = teacherFault(
        'SpendLimit',
        `${name}: ${spent.toFixed(4)} of a budget of ${budget} dollars are spent, and ${parcels.length - count} more requests may cost ${most.toFixed(4)}`,
        'Raise the budget and go on; what was paid for is kept.',
      )
      return { parcels: parcels.slice(0, count), rest: parcels.slice(count), fault }
    }
    await settled()
  }
}
