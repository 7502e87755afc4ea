import { armRuns } from './arm-runs.ts'

/** What of a recipe names its phases. */
export interface Named {
  readonly groundwork?: { readonly title: string }
  readonly data?: { readonly title?: string }
  readonly sft?: { readonly title?: string }
  readonly rl?: { readonly arms: readonly { readonly name: string; readonly title: string }[]; readonly seeds?: number }
  readonly evaluation?: { readonly title?: string }
}

/** What the phases of a recipe are called; those that it has not are undefined. */
export interface Titles {
  readonly groundwork: string | undefined
  readonly data: string | undefined
  readonly sft: string | undefined
  /** By name of the arm, or of its run where an arm has several. */
  readonly arms: ReadonlyMap<string, string>
  readonly evaluation: string | undefined
}

/** What the phases of a recipe are called. */
export const titlesOf = ({ groundwork, data, sft, rl, evaluation }: Named): Titles => ({
  groundwork: groundwork?.title,
  data: data && (data.title ?? 'CoT data'),
  sft: sft && (sft.title ?? 'SFT'),
  arms: new Map(rl === undefined ? [] : armRuns(rl, 0).map(({ run: { name, title } }) => [name, title])),
  evaluation: evaluation && (evaluation.title ?? 'evaluation'),
})

/** The phases of a recipe in the order in which they are done. */
export const phasesOf = (recipe: Named): readonly string[] => {
  const { groundwork, data, sft, arms, evaluation } = titlesOf(recipe)
  return [groundwork, data, sft, ...arms.values(), evaluation].filter(title => title !== undefined)
}
