import { function as F, taskEither as TE } from 'fp-ts'
import * as t from 'io-ts'
import type { Fault } from '../flow/index.ts'
import { phase } from '../run/index.ts'
import { checkpointOf, manifestsOf } from './checkpoint-places.ts'
import {
  type Candidate,
  type Elsewhere,
  evaluationState,
  type TestedPolicies,
  type Testing,
  testedPolicies,
  testPolicies,
} from './evaluation-phase.ts'
import type { PolicyJob } from './job.ts'
import { type PolicySummary, policySummary } from './summary.ts'
import { titlesOf } from './titles.ts'

/** A recipe and the folder of its run. */
type OfRun = Pick<PolicyJob, 'recipe'> & { readonly run: Pick<PolicyJob['run'], 'directory'> }

/** The policies that are evaluated: those that are named, else all that the recipe has, from the untrained one on. */
export const candidatesOf = (job: OfRun): readonly Candidate[] => {
  const { evaluation, rl } = job.recipe
  const { sft, arms } = titlesOf(job.recipe)
  if (evaluation === undefined) return []
  if (evaluation.policies !== undefined)
    return evaluation.policies.map(([name, checkpoint]) => ({ name, checkpoint, madeBy: undefined }))
  const ofRun = (name: string, madeBy: string): Candidate => ({ name, checkpoint: checkpointOf(job, name), madeBy })
  return [
    { name: 'base', checkpoint: undefined, madeBy: undefined },
    ...(sft === undefined ? [] : [ofRun('sft', sft)]),
    ...(rl?.start === undefined ? [] : [{ name: 'start', checkpoint: rl.start, madeBy: undefined }]),
    ...[...arms].map(([name, title]) => ofRun(name, title)),
  ]
}

/** The evaluation of a recipe with so many policies, where it has one. */
const testingOf = ({ evaluation, grading, ...named }: PolicyJob['recipe'], policies: number): Testing | undefined => {
  const title = titlesOf({ ...named, ...(evaluation === undefined ? {} : { evaluation }) }).evaluation
  return evaluation === undefined || grading === undefined || title === undefined
    ? undefined
    : { phase: title, grading, evaluation, policies }
}

/** What the phase reads: questions and checkpoints. */
const readBy = ({ evaluation: { records } }: Testing, candidates: readonly Candidate[]): readonly string[] => [
  ...records.files,
  ...manifestsOf(...candidates.map(({ checkpoint }) => checkpoint)),
]

/** All policies of a recipe on its evaluation's questions, done once, here or elsewhere; their outputs go into outputs.jsonl. */
export const evaluationDone = (
  job: PolicyJob,
  elsewhere?: Elsewhere,
): TE.TaskEither<Fault, Readonly<Record<string, PolicySummary>>> => {
  const candidates = candidatesOf(job)
  const testing = testingOf(job.recipe, candidates.length)
  if (testing === undefined) return TE.right({})
  return phase(
    job.run,
    testing.phase,
    t.record(t.string, policySummary),
    points =>
      F.pipe(
        testPolicies(job, testing, candidates, points, elsewhere),
        TE.map(({ finished }) => finished),
      ),
    { state: evaluationState, reads: readBy(testing, candidates) },
  )
}

/** One of the policies of a recipe's evaluation, as the phase of a run of its own; `undefined` where the recipe has none of that name. */
export const policyDone = (
  job: PolicyJob,
  directory: string,
  name: string,
): TE.TaskEither<Fault, TestedPolicies> | undefined => {
  const candidates = candidatesOf({ recipe: job.recipe, run: { directory } })
  const testing = testingOf(job.recipe, candidates.length)
  const found = candidates.find(candidate => candidate.name === name)
  if (testing === undefined || found === undefined) return undefined
  // Which phase of the other run made its checkpoint is that run's to say.
  const mine = [{ ...found, madeBy: undefined }]
  return phase(job.run, testing.phase, testedPolicies, points => testPolicies(job, testing, mine, points), {
    state: evaluationState,
    reads: readBy(testing, mine),
  })
}
