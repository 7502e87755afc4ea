import { function as F, taskEither as TE } from 'fp-ts'
import type { Fault } from 'kinograd/flow'
import type { PolicySummary } from 'kinograd/recipe'
import { ablations, lengthReward } from 'kinograd/reward'
import { agnosticChains } from './agnostic-chains.ts'
import type { Experiment, Findings, Place } from './experiment.ts'
import { groundworkOf } from './groundwork.ts'
import { accuracies, type Reached, reachedBy, reachedFigure, reachedTable } from './reached.ts'
import { difference } from './spread.ts'
import { type ArmSpec, armsOf, type TrainedArm } from './trained-arm.ts'

/** Lengths, in tokens of this world, that detailed observations and worked thinking about three facts have. */
const lengths = { perception: lengthReward({ range: [12, 30] }), reasoning: lengthReward({ range: [16, 40] }) }

const withLength: NonNullable<ArmSpec['rewards']> = rewards => ({ ...rewards, length: lengths })

/** The rows of Table 2 that reinforce. "Process-agnostic RL" and "without R_P" are one run, as in the paper. */
const arms: readonly ArmSpec[] = [
  { name: 'full', title: 'full VideoP2R', like: 'paGrpo', rewards: withLength },
  { name: 'rl-only', title: 'RL only', like: 'paGrpo', rewards: withLength, untuned: true },
  { name: 'without-perception', title: 'process-agnostic RL, without R_P', like: 'grpo', rewards: withLength },
  {
    name: 'without-reasoning',
    title: 'without R_R',
    like: 'grpo',
    arm: { normaliser: ablations.withoutReasoning.normaliser, constantGroups: 'frac_reward_zero_std/perception' },
    rewards: withLength,
  },
  { name: 'paGrpo', title: 'without R_L', like: 'paGrpo' },
  { name: 'without-separation', title: 'without separation', like: 'sum', rewards: withLength },
]

type OfSeed = {
  readonly sft: PolicySummary
  readonly agnostic: PolicySummary
  readonly arms: ReadonlyMap<string, TrainedArm>
}

const findings = (seeds: readonly OfSeed[]): Findings => {
  const sft: Reached = { title: 'SFT only', policies: seeds.map(one => one.sft) }
  const agnostic: Reached = { title: 'process-agnostic SFT', policies: seeds.map(one => one.agnostic) }
  const [full, ...others] = reachedBy(arms, seeds)
  const rows = [full!, sft, agnostic, ...others]
  return {
    tables: [reachedTable(rows)],
    figures: [reachedFigure('The rows of Table 2', rows)],
    notes: rows.slice(1).map(row => difference(`full − ${row.title}, accuracy`, accuracies(full!), accuracies(row))),
  }
}

const ofSeeds = (place: Place): TE.TaskEither<Fault, readonly OfSeed[]> =>
  F.pipe(
    armsOf(place, arms),
    TE.flatMap(
      TE.traverseSeqArray(({ groundwork, arms: trained }) =>
        F.pipe(
          groundworkOf(place, groundwork.seed, agnosticChains(groundwork)),
          TE.map(agnostic => ({
            sft: groundwork.summary.policies.sft,
            agnostic: agnostic.summary.policies.sft,
            arms: trained,
          })),
          TE.filterOrElse(
            (one): one is OfSeed => one.sft !== undefined && one.agnostic !== undefined,
            (): Fault => ({
              _tag: 'NotTested',
              cause: `the policy of seed ${groundwork.seed} after SFT was not tested`,
              remedy: 'Remove its folder from the cache, and run the experiment again.',
            }),
          ),
        ),
      ),
    ),
  )

/** Table 2: what each part is worth. */
export const table2: Experiment = {
  name: 'table2',
  title: 'Table 2: what each part is worth',
  asks: 'What is lost without SFT, without RL, without the chain’s two processes, and without each reward (arXiv 2511.11113, Table 2)?',
  how: 'Eight rows from one world a seed. Process-agnostic SFT learns chains without their observation. RL only starts from the untrained policy. The length reward has the lengths of this world (observation 12–30 tokens, reasoning 16–40).',
  run: place => TE.map(findings)(ofSeeds(place)),
}
