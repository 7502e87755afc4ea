import type { Named } from '../titles.ts'

/** How policies are called in tables and figures, by their names in the summary; others go by those. */
export type PolicyNames = ReadonlyMap<string, string>

/** The policies of VideoP2R's comparison. */
export const usualNames: PolicyNames = new Map([
  ['base', 'base'],
  ['sft', 'SFT'],
  ['grpo', 'GRPO'],
  ['sum', 'sum'],
  ['paGrpo', 'PA-GRPO'],
])

/** How the policies of a recipe are called: its arms by their titles. */
export const namesOf = ({ rl }: Named): PolicyNames =>
  new Map([...usualNames, ...(rl?.arms ?? []).map(({ name, title }) => [name, title] as const)])

/** What a policy or an arm is called. */
export const nameOf = (policy: string, names: PolicyNames = usualNames): string => names.get(policy) ?? policy

/** One colour a policy in all figures, told apart by colour-blind readers too (Okabe and Ito's palette). */
export const policyColours = {
  base: '#999999',
  SFT: '#a6761d',
  GRPO: '#d55e00',
  sum: '#009e73',
  'PA-GRPO': '#0072b2',
}
