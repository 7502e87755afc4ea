import { function as F, taskEither as TE } from 'fp-ts'
import type { VideoRecord } from '../dataset/index.ts'
import type { Fault } from '../flow/index.ts'
import { phaseSeconds, requireSpace } from '../run/index.ts'
import { armRuns } from './arm-runs.ts'
import { atOnceOf } from './at-once.ts'
import { clearedBeside } from './beside/arms-beside.ts'
import { withBeside } from './beside/beside.ts'
import { policiesBeside } from './beside/policies-beside.ts'
import { checkRecipe } from './check-recipe.ts'
import { conclude, finishedBefore } from './conclude.ts'
import { groundworkDone } from './groundwork-phase.ts'
import { type AnyRecipe, type Job, type PolicyJob, usualTolerance } from './job.ts'
import type { OpenedRecipe } from './opened.ts'
import type { Recipe } from './recipe.ts'
import { type Annotated, dataDone } from './run-data.ts'
import { candidatesOf, evaluationDone } from './run-evaluation.ts'
import { armsDone, sftDone } from './run-training.ts'
import { byArm } from './several-runs.ts'
import type { RunSummary } from './summary.ts'
import { summaryOf } from './summary-of.ts'

/**
 * Arms, then policies, here or in other processes. There the policies whose checkpoints the run has are begun as soon as no run of an arm
 * wants the process; of those that the recipe names itself nobody knows when that is.
 */
const armsAndPolicies = (job: PolicyJob) => {
  const { rl, evaluation, seed } = job.recipe
  const asked = atOnceOf(job.recipe)
  const ofArms = new Set(rl === undefined ? [] : armRuns(rl, seed).map(({ run }) => run.name))
  const candidates = candidatesOf(job)
  const atOnce = { arm: Math.min(asked.arm, ofArms.size), policy: Math.min(asked.policy, candidates.length) }
  return withBeside(job, atOnce, beside => {
    const elsewhere = beside && atOnce.policy > 1 ? policiesBeside(job, beside) : undefined
    const ended = (name: string): void => {
      if (evaluation?.policies === undefined)
        elsewhere?.begin(candidates.filter(one => one.name === name || !ofArms.has(one.name)))
    }
    return F.pipe(
      armsDone(job, beside && atOnce.arm > 1 ? { beside, ended } : undefined),
      TE.bindTo('runs'),
      TE.bind('policies', () => evaluationDone(job, elsewhere)),
      // What other processes did is the run's by now.
      TE.tap(() => clearedBeside(job)),
    )
  })
}

/** The phases that need a policy; nothing where the recipe has none of them. */
const policyPhases = (job: Job): TE.TaskEither<Fault, Pick<RunSummary, 'runs' | 'policies'>> => {
  const { sft, rl, evaluation, policy, seed } = job.recipe
  if (sft === undefined && rl === undefined && evaluation === undefined) return TE.right({ runs: {}, policies: {} })
  return F.pipe(
    policy,
    TE.map((opened): PolicyJob => ({ ...job, policy: opened })),
    TE.tap(sftDone),
    TE.flatMap(armsAndPolicies),
    TE.map(({ runs, policies }) => (rl === undefined ? { runs, policies } : byArm({ runs, policies }, rl, seed))),
  )
}

/** All phases of a recipe, one after the other; finished ones are not done again. */
const allPhases = (recipe: AnyRecipe, opened: OpenedRecipe): TE.TaskEither<Fault, RunSummary> => {
  const { tolerate = usualTolerance, bytes } = recipe
  const job: Job = { recipe, ...opened, tolerate }
  return F.pipe(
    bytes === undefined ? TE.right(undefined) : requireSpace(opened.run.directory, bytes),
    TE.flatMap(() => groundworkDone(job)),
    TE.flatMap((): TE.TaskEither<Fault, Annotated | undefined> => dataDone(job)),
    TE.bindTo('data'),
    TE.bind('reached', () => policyPhases(job)),
    TE.bindW('seconds', () => phaseSeconds(opened.run)),
    TE.map(({ data, reached: { runs, policies }, seconds }) =>
      summaryOf(recipe, opened, { data, runs, policies, seconds }),
    ),
  )
}

/**
 * Does the phases of a recipe in their order, each once and from its newest savepoint, and writes what they came to: summary.json and
 * report.html in the run's folder. A run that was finished before is given back as it stands. The run stays open: close it when this
 * has ended, well or not.
 *
 * Left: `BadRecipe`, before anything is done; what ends a phase, as `TooManyFailures`, `NothingLearned`, `NothingMeasured`, `Cancelled`,
 * the faults of engine, teacher and files. The same call with a resumed run goes on where it ended.
 */
export function runRecipe<K extends string, T extends string, R extends VideoRecord>(
  recipe: Recipe<K, T, R>,
  opened: OpenedRecipe,
): TE.TaskEither<Fault, RunSummary>
export function runRecipe(recipe: AnyRecipe, opened: OpenedRecipe): TE.TaskEither<Fault, RunSummary> {
  return F.pipe(
    TE.fromEither(checkRecipe(recipe)),
    TE.flatMap(() => finishedBefore(recipe, opened.run)),
    TE.flatMap(before =>
      before === undefined
        ? F.pipe(
            allPhases(recipe, opened),
            TE.tap(summary => conclude(recipe, opened.run, summary)),
          )
        : TE.right(before),
    ),
  )
}
