import type { AnyRecipe } from './job.ts'

/** How many runs of arms, and how many policies of the evaluation, a recipe has done at the same time. */
export const atOnceOf = ({ rl, evaluation }: Pick<AnyRecipe, 'rl' | 'evaluation'>) => {
  const { atOnce: arm = 1 } = rl ?? {}
  return { arm, policy: evaluation?.policiesAtOnce ?? arm }
}
