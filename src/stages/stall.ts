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

/** Nothing to be learned from one batch, and why; undefined where something could be, or where nothing is known of its groups. */
const nothingToLearn = (batch: Groups): 'malformed' | 'constant' | undefined => {
  const groups = (batch.items ?? []).flatMap(({ rewards, rollouts = [] }) =>
    rewards ? [{ raw: rewards.raw, rollouts }] : [],
  )
  if (groups.length === 0) return undefined
  if (collapse(groups.map(({ raw }) => raw)).paGrpo < 1) return undefined
  const rollouts = groups.flatMap(group => group.rollouts)
  const malformed = rollouts.every(({ processes }) => Object.values(processes).every(texts => texts === null))
  return rollouts.length > 0 && malformed ? 'malformed' : 'constant'
}

/**
 * Watches updates go by and says once, when nothing could be learned from `patience` of them on end, what the likely reason is.
 * Reads rewards and rollouts where a batch has them.
 */
export const stallWatch = (patience = 10): ((batch: object) => Fault | undefined) => {
  let row: ('malformed' | 'constant')[] = []
  let told = false
  return batch => {
    const reason = nothingToLearn(batch)
    row = reason === undefined ? [] : [...row, reason]
    if (told || row.length < patience) return undefined
    told = true
    return row.every(r => r === 'malformed')
      ? fault(
          'NothingLearned',
          `${patience} updates on end had no output that follows the template, so every reward was the same`,
          'Fine-tune on chains of thought first, let completions be longer, or check that the prompt asks for the tags of the template.',
        )
      : fault(
          'NothingLearned',
          `${patience} updates on end had groups whose rewards were all the same, so every advantage was 0`,
          'Raise the temperature or the number of completions, take harder or easier questions, or check that the rewards tell rollouts apart.',
        )
  }
}
