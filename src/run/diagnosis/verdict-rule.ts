import { percent, type Rule, three, when } from './finding.ts'
import { mean, type Signs } from './signs.ts'

/** Verdicts from which on it is said that they are all the same, and the share that has to be. */
const [enough, nearlyAll] = [16, 0.98]
/** Steps from which on it is said of a metric that it never changes. */
const enoughSteps = 5

interface Verdicts {
  readonly values: readonly number[]
  /** Accuracies are 1 for yes and 0 for no; of other rewards it is only known that they are the same. */
  readonly are: 'accuracy' | 'reward'
}

/** What a process was given in the completions that follow the template: accuracies where parts were kept, else whole rewards. */
const verdictsOf = ({ groups }: Signs, process: string): Verdicts => {
  const wellFormed = groups.flatMap(({ rollouts }) => rollouts.filter(({ malformed }) => malformed === undefined))
  const accuracies = wellFormed.flatMap(({ parts }) => parts?.[process]?.accuracy ?? [])
  return accuracies.length > 0
    ? { values: accuracies, are: 'accuracy' }
    : { values: wellFormed.flatMap(({ rewards }) => rewards[process] ?? []), are: 'reward' }
}

/** The value that nearly all of the values are; undefined where there is none. */
const common = (values: readonly number[]): { readonly value: number; readonly share: number } | undefined => {
  const counts = new Map<number, number>()
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  const [most] = [...counts].toSorted(([, a], [, b]) => b - a)
  const share = most === undefined ? 0 : most[1] / values.length
  return most !== undefined && share >= nearlyAll ? { value: most[0], share } : undefined
}

const causes = {
  yes: 'Its judge says yes to everything, its reward finds the answer anywhere, or the questions are far too easy.',
  no: 'Its judge says no to everything, answers are not read as they are written, or the questions are far too hard.',
  same: 'Its judge or its reward says the same to everything, or the questions are far too easy or too hard.',
} as const

const shorts = { yes: 'judged yes always', no: 'judged no always', same: 'same reward always' } as const

const finding = (process: string, says: keyof typeof causes, sign: string) => ({
  weight: 0.85,
  sign: `${process}: ${sign}`,
  short: `${process}: ${shorts[says]}`,
  cause: causes[says],
  remedy: `Read some of the groups and what was said of them; try the judge or the reward on a few right and wrong ${process} texts by hand.`,
})

/** Where no completion was kept: a mean that never moves while all groups are equal. */
const fromMetrics = (signs: Signs, process: string) => {
  const means = signs.line(`rewards/${process}/mean`)
  const constant = mean(signs.line(`frac_reward_zero_std/${process}`))
  const holds = means.length >= enoughSteps && constant === 1 && means.every(value => value === means[0])
  return when(
    holds,
    finding(process, 'same', `the mean reward is ${three(means[0] ?? 0)} at all ${means.length} steps`),
  )
}

/** A judge, or a reward, that says the same to everything. */
export const oneVerdict: Rule = signs =>
  signs.processes.flatMap(process => {
    const { values, are } = verdictsOf(signs, process)
    if (values.length < enough) return fromMetrics(signs, process)
    const all = common(values)
    if (all === undefined) return []
    const says = are === 'reward' ? 'same' : all.value === 1 ? 'yes' : all.value === 0 ? 'no' : 'same'
    return [
      finding(
        process,
        says,
        `${percent(all.share)} of ${values.length} scored completions got the ${are} ${three(all.value)}`,
      ),
    ]
  })

/** Metrics that a run writes of its judge: the share of texts that it says yes to. */
export const yesRate: Rule = signs =>
  signs.names
    .filter(name => /yes_?(?:rate|share)$/i.test(name))
    .flatMap(name => {
      const rates = signs.line(name)
      const yes = mean(rates)
      const holds = yes !== undefined && rates.length >= enoughSteps && (yes >= nearlyAll || yes <= 1 - nearlyAll)
      const says = (yes ?? 0) > 0.5 ? 'yes' : 'no'
      return when(holds, finding(name, says, `its mean over ${rates.length} steps is ${percent(yes ?? 0)}`))
    })
