import { grpo, type Normaliser, paGrpo, sum } from 'kinograd/advantage'
import type { Process } from './pipeline.ts'

interface ArmOfReinforcement {
  readonly title: string
  readonly normaliser: Normaliser<Process>
  /** The metric that says which share of groups teaches this arm nothing. */
  readonly equalGroups: string
}

/** The three arms of reinforcement: their normalisers are all that differs. */
export const arms = {
  grpo: {
    title: 'GRPO',
    normaliser: grpo({ reward: 'reasoning' }),
    equalGroups: 'frac_reward_zero_std/reasoning',
  },
  sum: { title: 'sum', normaliser: sum(), equalGroups: 'frac_reward_zero_std' },
  paGrpo: { title: 'PA-GRPO', normaliser: paGrpo(), equalGroups: 'frac_reward_zero_std/pa_grpo' },
} as const satisfies Record<string, ArmOfReinforcement>

/** The name of an arm, as summary.json has it. */
export type Arm = keyof typeof arms

/** Whether a word names an arm. */
export const isArm = (name: string): name is Arm => Object.hasOwn(arms, name)

/** All arms, in the order in which they are trained. */
export const armNames: readonly Arm[] = Object.keys(arms).filter(isArm)
