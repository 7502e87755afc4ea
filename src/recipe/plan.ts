import type { StatusPlan } from '../run/index.ts'
import { type Named, titlesOf } from './titles.ts'

/** What of a recipe its plan says. */
interface Planned extends Named {
  readonly title: string
  readonly minutes?: Readonly<Record<string, number>>
  readonly groundwork?: { readonly title: string; readonly does?: string }
  readonly sft?: { readonly title?: string; readonly steps: number; readonly batch: number }
  readonly rl?: NonNullable<Named['rl']> & {
    readonly updates: number
    readonly prompts: number
    readonly sampling: { readonly count: number }
  }
}

const training = ({ rl }: Planned): string =>
  rl === undefined ? '' : `${rl.updates} updates of ${rl.prompts} questions, ${rl.sampling.count} completions each`

/** What each phase of a recipe does, by its title. */
const doings = (recipe: Planned): readonly (readonly [title: string | undefined, does: string])[] => {
  const { groundwork, data, sft, arms, evaluation } = titlesOf(recipe)
  return [
    [groundwork, recipe.groundwork?.does ?? 'make what the other phases read'],
    [data, 'decode, annotate, verify, judge: chains of thought for fine-tuning'],
    [sft, `fine-tune the policy, ${recipe.sft?.steps} steps of ${recipe.sft?.batch} chains`],
    ...[...arms.values()].map(title => [title, training(recipe)] as const),
    [evaluation, 'every policy answers questions and is graded'],
    ['report', 'tables and figures'],
  ]
}

/**
 * What a recipe will do and how long that takes, where it says so: for `announce` of a status line. Pure.
 *
 * ```ts
 * import type { Recipe } from 'kinograd/recipe'
 * import { planOf } from 'kinograd/recipe'
 *
 * // What a recipe would do, a line a phase.
 * export const dryRun = (recipe: Recipe<string, string>): readonly string[] =>
 *   planOf(recipe, []).phases.map(({ name, does }) => `${name}: ${does}`)
 * ```
 */
export const planOf = (recipe: Planned, notes: readonly string[]): StatusPlan => ({
  title: recipe.title,
  notes,
  phases: doings(recipe).flatMap(([name, does]) => {
    if (name === undefined) return []
    // Every run of an arm takes as long as the arm does once.
    const minutes = recipe.minutes?.[name] ?? recipe.minutes?.[name.replace(/, run \d+$/, '')]
    return [{ name, does, ...(minutes === undefined ? {} : { minutes }) }]
  }),
})
