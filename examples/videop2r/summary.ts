import * as t from 'io-ts'
import { armSummary, policySummary, runSummary } from 'kinograd/recipe'

/** What all that the world can grade says of a policy. */
const policy = t.intersection([
  policySummary,
  t.type({ perceptionSufficiency: t.number, faithfulness: t.number, thinkAnswerMismatch: t.number }),
])

/** `summary.json` of the main job, which has all five policies and all three arms. */
export const videop2rSummary = t.intersection(
  [
    runSummary,
    t.type({
      preset: t.string,
      teacher: t.string,
      judge: t.string,
      policies: t.type({ base: policy, sft: policy, grpo: policy, sum: policy, paGrpo: policy }),
      runs: t.type({ grpo: armSummary, sum: armSummary, paGrpo: armSummary }),
    }),
  ],
  'summary of the main job',
)
/** What the main job came to: all five policies and all three arms. */
export type Videop2rSummary = t.TypeOf<typeof videop2rSummary>
