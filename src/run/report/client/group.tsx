import type { PageGroup } from '../page-groups.ts'
import { Completion } from './completion.tsx'
import { largestAdvantage } from './view.ts'

/** One group: the question, the frames that the policy saw, and all completions. */
export const Group = ({ group, processes }: { group: PageGroup; processes: readonly string[] }) => {
  const { phase, step, id, problem = '', problemType, answer, sheet, rollouts } = group
  const largest = largestAdvantage(rollouts)
  return (
    <section class="group" aria-label={`${phase}, step ${step}, record ${id}`}>
      <h3>
        {phase}, step {step}{' '}
        <small>
          record {id}
          {problemType === undefined ? '' : `, ${problemType}`}
        </small>
      </h3>
      <p class="problem">
        <b>{problem}</b>
        {answer === undefined ? null : <small> right answer: {answer}</small>}
      </p>
      {sheet === undefined ? null : (
        <img alt="frames of the clip, in their order" src={`data:image/jpeg;base64,${sheet}`} />
      )}
      <ol class="completions">
        {rollouts.map((rollout, place) => (
          <Completion key={place} rollout={rollout} place={place} processes={processes} largest={largest} />
        ))}
      </ol>
    </section>
  )
}
