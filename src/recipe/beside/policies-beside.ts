import { function as F, taskEither as TE } from 'fp-ts'
import type { Fault } from '../../flow/index.ts'
import { orDoAgain } from '../checkpoint-places.ts'
import { type Elsewhere, testedPolicies } from '../evaluation-phase.ts'
import type { PolicyJob } from '../job.ts'
import { adoptedAnswers, adoptedFailures } from './adopt.ts'
import { answerOf } from './answer.ts'
import type { Beside } from './beside.ts'
import type { Task } from './task.ts'

const taskOf = (name: string): Task => ({ kind: 'policy', name })

/**
 * Tests policies of an evaluation in processes beside, several at once, each in a folder of its own inside of the run's, where it is resumed
 * from. Each is taken over in its turn, as if it had been asked here: its answers, its failures and what they count.
 */
export const policiesBeside = (job: PolicyJob, beside: Beside): Elsewhere => ({
  begin: policies => {
    for (const { name } of policies) beside.give(taskOf(name))
  },
  underWay: () => beside.underWay().flatMap(({ kind, name }) => (kind === 'policy' ? [name] : [])),
  tested: ({ name, madeBy }, account) =>
    F.pipe(
      beside.result(taskOf(name)),
      TE.flatMapEither(answerOf(testedPolicies)),
      madeBy === undefined ? TE.mapLeft((wrong: Fault) => wrong) : orDoAgain(job, madeBy),
      // What has failed stands in the run's record, as if it had failed here. Of a process that has ended the last row may be half a row.
      TE.orElse(wrong =>
        wrong._tag === 'ProcessEnded'
          ? TE.left(wrong)
          : TE.flatMap(() => TE.left<Fault>(wrong))(adoptedFailures(job.run, name)),
      ),
      TE.tap(({ counts }) => {
        account.done(counts.done)
        return adoptedAnswers(job.run, name, account)
      }),
      TE.map(({ finished }) => finished[name]!),
    ),
})
