import { grpo, paGrpo, sum } from 'kinograd/advantage'
import type { Arm as RecipeArm } from 'kinograd/recipe'

export type Process = 'perception' | 'reasoning'

/** The three arms of reinforcement: their normalisers are all that differs. */
export const arms = {
  grpo: {
    title: 'GRPO',
    normaliser: grpo({ reward: 'reasoning' }),
    constantGroups: 'frac_reward_zero_std/reasoning',
  },
  sum: { title: 'sum', normaliser: sum(), constantGroups: 'frac_reward_zero_std' },
  paGrpo: { title: 'PA-GRPO', normaliser: paGrpo(), constantGroups: 'frac_reward_zero_std/pa_grpo' },
} as const satisfies Record<string, Pick<RecipeArm<Process>, 'title' | 'normaliser' | 'constantGroups'>>

/** The name of an arm, as summary.json has it. */
export type Arm = keyof typeof arms

/** Whether a word names an arm. */
export const isArm = (name: string): name is Arm => Object.hasOwn(arms, name)

/** All arms, in the order in which they are trained. */
export const armNames: readonly Arm[] = Object.keys(arms).filter(isArm)

/** What an arm is called in tables and figures. */
export const titleOf = (name: string): string => (isArm(name) ? arms[name].title : name)
