import { either as E } from 'fp-ts'
import { type Item, iterate } from 'kinograd/flow'
import type { HasRecord } from 'kinograd/stages'
import type { Observable } from 'rxjs'

/** What became of the records of a phase, by id: `done`, or the stage and the fault that ended it. */
export type Outcomes = Map<string, string>
/** What became of every record in each of the phases, and how training went. */
export interface Account {
  readonly chains: Outcomes
  readonly taught: Outcomes
  readonly answered: Outcomes
  readonly losses: number[]
  readonly rewards: number[]
}

const failedBy = ({ stage: name, fault }: { readonly stage: string; readonly fault: { readonly _tag: string } }) =>
  `${name}: ${fault._tag}`

/** Chains as they come; what became of each record is written down. */
export async function* counted<A extends { readonly id: string }>(
  stream: Observable<Item<A>>,
  outcomes: Outcomes,
  progress: () => void,
) {
  for await (const item of iterate(stream)) {
    if (E.isLeft(item)) outcomes.set(item.left.item, failedBy(item.left))
    else {
      outcomes.set(item.right.id, 'done')
      progress()
      yield item.right
    }
  }
}

/** The updates of a training stream; what became of each member of their batches is written down. */
export async function* learned<A extends { readonly items: readonly HasRecord[]; readonly failed: readonly Failed[] }>(
  stream: Observable<Item<A>>,
  outcomes: Outcomes,
) {
  for await (const done of iterate(stream)) {
    for (const error of E.isLeft(done) ? [done.left] : done.right.failed) outcomes.set(error.item, failedBy(error))
    if (E.isLeft(done)) continue
    for (const { record } of done.right.items) outcomes.set(record.id, 'done')
    yield done.right
  }
}
type Failed = Parameters<typeof failedBy>[0] & { readonly item: string }

/** How many records came to what, as a line. */
export const tally = (outcomes: Outcomes): string => {
  const counts = new Map<string, number>()
  for (const outcome of outcomes.values()) counts.set(outcome, (counts.get(outcome) ?? 0) + 1)
  return [...counts].map(([outcome, count]) => `${outcome} ${count}`).join(', ')
}
