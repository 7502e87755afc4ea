import type { AnyRecipe } from './job.ts'

/** What the phases of a recipe are called; those that it has not are undefined. */
export interface Titles {
  readonly groundwork: string | undefined
  readonly data: string | undefined
  readonly sft: string | undefined
  /** By name of the arm. */
  readonly arms: ReadonlyMap<string, string>
  readonly evaluation: string | undefined
}

/** What the phases of a recipe are called. */
export const titlesOf = ({ groundwork, data, sft, rl, evaluation }: AnyRecipe): Titles => ({
  groundwork: groundwork?.title,
  data: data && (data.title ?? 'CoT data'),
  sft: sft && (sft.title ?? 'SFT'),
  arms: new Map(rl?.arms.map(({ name, title }) => [name, title])),
  evaluation: evaluation && (evaluation.title ?? 'evaluation'),
})

/** The phases of a recipe in the order in which they are done. */
export const phasesOf = (recipe: AnyRecipe): readonly string[] => {
  const { groundwork, data, sft, arms, evaluation } = titlesOf(recipe)
  return [groundwork, data, sft, ...arms.values(), evaluation].filter(title => title !== undefined)
}
