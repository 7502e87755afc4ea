import { taskEither as TE } from 'fp-ts'
import * as t from 'io-ts'
import type { Fault } from '../flow/index.ts'
import { phase } from '../run/index.ts'
import { checkpointOf, manifestsOf } from './checkpoint-places.ts'
import { type Candidate, evaluationState, testPolicies } from './evaluation-phase.ts'
import type { PolicyJob } from './job.ts'
import { type PolicySummary, policySummary } from './summary.ts'
import { titlesOf } from './titles.ts'

/** The policies that are evaluated: those that are named, else all that the recipe has, from the untrained one on. */
const candidatesOf = (job: PolicyJob): readonly Candidate[] => {
  const { evaluation, rl } = job.recipe
  const { sft, arms } = titlesOf(job.recipe)
  if (evaluation?.policies !== undefined)
    return evaluation.policies.map(([name, checkpoint]) => ({ name, checkpoint, madeBy: undefined }))
  const ofRun = (name: string, madeBy: string): Candidate => ({ name, checkpoint: checkpointOf(job, name), madeBy })
  return [
    { name: 'base', checkpoint: undefined, madeBy: undefined },
    ...(sft === undefined ? [] : [ofRun('sft', sft)]),
    ...(rl?.start === undefined ? [] : [{ name: 'start', checkpoint: rl.start, madeBy: undefined }]),
    ...[...arms].map(([name, title]) => ofRun(name, title)),
  ]
}

/** All policies of a recipe on its evaluation's questions, done once; their outputs go into outputs.jsonl. */
export const evaluationDone = (job: PolicyJob): TE.TaskEither<Fault, Readonly<Record<string, PolicySummary>>> => {
  const { evaluation, grading } = job.recipe
  const title = titlesOf(job.recipe).evaluation
  if (evaluation === undefined || grading === undefined || title === undefined) return TE.right({})
  const candidates = candidatesOf(job)
  return phase(
    job.run,
    title,
    t.record(t.string, policySummary),
    points => testPolicies(job, { phase: title, grading, evaluation }, candidates, points),
    {
      state: evaluationState,
      reads: [...evaluation.records.files, ...manifestsOf(...candidates.map(({ checkpoint }) => checkpoint))],
    },
  )
}
