/** What a recipe or its settings say of what is done at the same time. */
interface Asked {
  readonly rl?: { readonly atOnce?: number } | undefined
  readonly evaluation?: { readonly policiesAtOnce?: number } | undefined
}

/** How many runs of arms, and how many policies of the evaluation, are to be done at the same time. */
export const atOnceOf = ({ rl, evaluation }: Asked): { readonly arm: number; readonly policy: number } => {
  const { atOnce: arm = 1 } = rl ?? {}
  return { arm, policy: evaluation?.policiesAtOnce ?? arm }
}
