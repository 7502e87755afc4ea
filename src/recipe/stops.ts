import type { RecipePolicy } from './policy.ts'

/** Tokens that end a completion of a policy. */
export const stopsOf = ({ stop, tokenizer }: RecipePolicy): readonly number[] => stop ?? [tokenizer.eos]
