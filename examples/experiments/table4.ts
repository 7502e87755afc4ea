import { function as F, taskEither as TE } from 'fp-ts'
import { sufficiencyReward } from 'kinograd/stages'
import { imperfectJudge, ruleJudge } from '../videop2r/world/index.ts'
import type { Experiment, Findings } from './experiment.ts'
import { accuracies, type Reached, reachedBy, reachedFigure, reachedTable } from './reached.ts'
import { difference } from './spread.ts'
import { type ArmSpec, armsOf } from './trained-arm.ts'

/** How often the judges of Table 4 agree with people. */
const judges = [
  [0.82, 'Llama 3.1 8B'],
  [0.88, 'Llama 3.1 70B'],
  [0.91, 'Llama 3.1 405B'],
  [0.95, 'Claude 3.7'],
] as const

const arms: readonly ArmSpec[] = judges.map(([right, like]) => ({
  name: `judge-${Math.round(100 * right)}`,
  title: `${Math.round(100 * right)} % (as ${like})`,
  like: 'paGrpo',
  rewards: (rewards, seed) => ({
    ...rewards,
    accuracy: {
      ...rewards.accuracy,
      perception: sufficiencyReward(
        imperfectJudge(ruleJudge, right, seed),
        ({ processes }) => processes.perception?.observation ?? null,
      ),
    },
  }),
}))

/** The judge without errors: the main job's. */
const exact: ArmSpec = { name: 'paGrpo', title: '100 % (the rule itself)', like: 'paGrpo' }

const findings = (rows: readonly Reached[]): Findings => {
  const [worst] = rows
  return {
    tables: [reachedTable(rows)],
    figures: [reachedFigure('Judges of the perception reward', rows)],
    notes: rows
      .slice(1)
      .map(row => difference(`${row.title} − ${worst!.title}, accuracy`, accuracies(row), accuracies(worst!))),
  }
}

/** Table 4: how good the judge has to be. */
export const table4: Experiment = {
  name: 'table4',
  title: 'Table 4: how good the judge has to be',
  asks: 'What does PA-GRPO reach when the judge of its perception reward is right in 82, 88, 91 and 95 % of cases (arXiv 2511.11113, Table 4)?',
  how: 'PA-GRPO from one fine-tuned policy a seed; the rule that judges observations is made to give the opposite verdict in the rest of the cases, the same ones whenever it is asked. The judge of the data stays the main job’s. The last row has no errors.',
  run: place =>
    F.pipe(
      armsOf(place, [...arms, exact]),
      TE.map(seeds => findings(reachedBy([...arms, exact], seeds))),
    ),
}
