import type { Raw } from '../advantage/index.ts'
import { collapse } from '../advantage/index.ts'
import { type Fault, fault } from '../flow/index.ts'

/** What may be known of the groups of a batch. */
interface Groups {
  readonly items?: readonly Partial<{
    readonly rewards: { readonly raw: Raw<string> }
    readonly rollouts: readonly { readonly processes: Readonly<Record<string, unknown>> }[]
  }>[]
}

/** Why nothing, or nothing of one process, could be learned from a batch. */
type Reason = 'malformed' | 'constant' | `unscored ${string}`

/** The reason, if there is one; undefined where all could be learned, or where nothing is known of the groups. */
const nothingToLearn = (batch: Groups): Reason | undefined => {
  const groups = (batch.items ?? []).flatMap(({ rewards, rollouts = [] }) =>
    rewards ? [{ raw: rewards.raw, rollouts }] : [],
  )
  const first = groups[0]
  if (first === undefined) return undefined
  const unscored = Object.keys(first.raw.rewards).find(process =>
    groups.every(({ raw }) => raw.rewards[process]?.every(reward => reward === null)),
  )
  if (unscored !== undefined) return `unscored ${unscored}`
  if (collapse(groups.map(({ raw }) => raw)).paGrpo < 1) return undefined
  const rollouts = groups.flatMap(group => group.rollouts)
  const malformed = rollouts.every(({ processes }) => Object.values(processes).every(texts => texts === null))
  return rollouts.length > 0 && malformed ? 'malformed' : 'constant'
}

/** What is said of a row of updates that nothing was learned from. */
const told = (patience: number, row: readonly Reason[]): Fault => {
  const [first = 'constant'] = row
  const all = row.every(reason => reason === first)
  if (all && first.startsWith('unscored '))
    return fault(
      'NothingLearned',
      `${patience} updates on end had no rollout that could be scored for "${first.slice(9)}", so nothing of it was learned`,
      'Look at its judge or reward: whether the server answers, and whether its verdicts can be read.',
    )
  if (all && first === 'malformed')
    return fault(
      'NothingLearned',
      `${patience} updates on end had no output that follows the template, so every reward was the same`,
      'Fine-tune on chains of thought first, let completions be longer, or check that the prompt asks for the tags of the template.',
    )
  return fault(
    'NothingLearned',
    `${patience} updates on end had groups whose rewards were all the same, so every advantage was 0`,
    'Raise the temperature or the number of completions, take harder or easier questions, or check that the rewards tell rollouts apart.',
  )
}

/**
 * Watches updates go by and says once, when nothing could be learned from `patience` of them on end, what the likely reason is.
 * Reads rewards and rollouts where a batch has them.
 */
export const stallWatch = (patience = 10): ((batch: object) => Fault | undefined) => {
  let row: readonly Reason[] = []
  let over = false
  return batch => {
    if (over) return undefined
    const reason = nothingToLearn(batch)
    row = reason === undefined ? [] : [...row, reason]
    if (row.length < patience) return undefined
    over = true
    return told(patience, row)
  }
}
