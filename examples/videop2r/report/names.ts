/** How policies are called in tables and figures; others go by their own names. */
const names: ReadonlyMap<string, string> = new Map([
  ['base', 'base'],
  ['sft', 'SFT'],
  ['grpo', 'GRPO'],
  ['sum', 'sum'],
  ['paGrpo', 'PA-GRPO'],
])

/** What a policy or an arm is called. */
export const nameOf = (policy: string): string => names.get(policy) ?? policy

/** One colour a policy in all figures, told apart by colour-blind readers too (Okabe and Ito's palette). */
export const policyColours = {
  base: '#999999',
  SFT: '#a6761d',
  GRPO: '#d55e00',
  sum: '#009e73',
  'PA-GRPO': '#0072b2',
}
