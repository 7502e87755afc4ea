import { constantShare } from './constant.ts'
import { mean, type Signs, shareOf, thirds } from './signs.ts'

/** Something about a phase that keeps it from learning, or may. */
export interface Finding {
  readonly phase: string
  /** From 0 (worth knowing) to 1 (nothing can be learned). */
  readonly weight: number
  /** What the run's own numbers say. */
  readonly sign: string
  readonly cause: string
  readonly remedy: string
}

type Rule = (signs: Signs) => readonly Omit<Finding, 'phase'>[]

const percent = (share: number): string => `${(100 * share).toFixed(0)} %`
const three = (value: number): string => String(Number(value.toPrecision(3)))

const when = (holds: boolean, finding: Omit<Finding, 'phase'>): readonly Omit<Finding, 'phase'>[] =>
  holds ? [finding] : []

const stillRate: Rule = ({ line }) => {
  const rates = line('learning_rate')
  return when(rates.length > 0 && rates.every(rate => rate === 0), {
    weight: 1,
    sign: `learning_rate is 0 at all ${rates.length} steps`,
    cause: 'The optimiser moves nothing.',
    remedy:
      'Give a learning rate above 0, or look at its schedule (warm-up that never ends, decay over too few steps).',
  })
}

const stillGradient: Rule = ({ line }) => {
  const norms = line('grad_norm')
  return when(norms.length > 0 && norms.every(norm => norm === 0), {
    weight: 0.9,
    sign: `grad_norm is 0 at all ${norms.length} steps`,
    cause: 'No token has an advantage: all groups are constant, or every token is masked.',
    remedy: 'Look at the groups: rewards that differ within a group are what is learned from.',
  })
}

const offTemplate: Rule = signs => {
  const share = shareOf(signs, ({ malformed }) => malformed !== undefined)
  return when(share !== undefined && share > 0.3, {
    weight: 0.5 + (share ?? 0) / 2,
    sign: `${percent(share ?? 0)} of the completions do not follow the template`,
    cause: 'The checkpoint was never taught this template, or the prompt does not ask for it.',
    remedy: 'Fine-tune on chains in this template first, show it in the prompt, or raise the limit of tokens.',
  })
}

/** Accuracies of a process among the completions that follow the template, where parts were kept. */
const accuraciesOf = ({ groups }: Signs, process: string): readonly number[] =>
  groups.flatMap(({ rollouts }) =>
    rollouts.flatMap(({ parts, malformed }) => (malformed === undefined ? (parts?.[process]?.accuracy ?? []) : [])),
  )

const oneVerdict: Rule = signs =>
  signs.processes.flatMap(process => {
    const accuracies = accuraciesOf(signs, process)
    const yes = mean(accuracies)
    if (yes === undefined || accuracies.length < 16) return []
    const always = yes >= 0.98 ? 'yes' : yes <= 0.02 ? 'no' : undefined
    return when(always !== undefined, {
      weight: 0.85,
      sign: `${process}: ${percent(always === 'yes' ? yes : 1 - yes)} of ${accuracies.length} scored completions got the accuracy ${always === 'yes' ? 1 : 0}`,
      cause:
        always === 'yes'
          ? 'Its judge says yes to everything, its reward finds the answer anywhere, or the questions are far too easy.'
          : 'Its judge says no to everything, answers are not read as they are written, or the questions are far too hard.',
      remedy: `Read some of the groups and what was said of them; try the judge or the reward on a few right and wrong ${process} texts by hand.`,
    })
  })

const constantGroups: Rule = signs =>
  signs.processes.flatMap(process => {
    const share = mean(signs.line(`frac_reward_zero_std/${process}`)) ?? constantShare(signs, process)
    const reward = mean(signs.line(`rewards/${process}/mean`))
    return when(share !== undefined && share > 0.7, {
      weight: 0.3 + (share ?? 0) / 2,
      sign: `${process}: ${percent(share ?? 0)} of the groups have equal rewards${reward === undefined ? '' : `, mean reward ${three(reward)}`}`,
      cause:
        'From a group of equal rewards nothing is learned: the questions are too easy or too hard for this policy.',
      remedy: 'Choose questions that it answers sometimes, sample more completions a group, or raise the temperature.',
    })
  })

const truncated: Rule = signs => {
  const share = mean(signs.line('completions/clipped_ratio')) ?? shareOf(signs, rollout => rollout.truncated === true)
  return when(share !== undefined && share > 0.25, {
    weight: 0.4 + (share ?? 0) / 2,
    sign: `${percent(share ?? 0)} of the completions ran into the limit of tokens`,
    cause: 'They end before they answer, so that they are malformed or wrong.',
    remedy: 'Raise maxTokens, or ask for shorter observations.',
  })
}

const unscored: Rule = signs =>
  signs.processes.flatMap(process => {
    const share = mean(signs.line(`unscored/${process}`))
    return when(share !== undefined && share > 0.2, {
      weight: 0.3 + (share ?? 0) / 2,
      sign: `${process}: ${percent(share ?? 0)} of the completions are unscored`,
      cause: 'Its judge is unreachable, refuses, or cannot be read.',
      remedy: 'Look at failures.jsonl and at the answers of the judge.',
    })
  })

const clipped: Rule = ({ line }) => {
  const share = mean(line('clip_ratio/region_mean'))
  return when(share !== undefined && share > 0.3, {
    weight: 0.45,
    sign: `${percent(share ?? 0)} of the tokens are clipped`,
    cause: 'The policy moves far from the one that sampled: the learning rate is high, or rollouts are old.',
    remedy: 'Lower the learning rate, or make fewer updates a batch of rollouts.',
  })
}

const farFromReference: Rule = ({ line }) => {
  const last = thirds(line('kl'))?.[1]
  return when(last !== undefined && last > 1, {
    weight: 0.5,
    sign: `kl is ${three(last ?? 0)} at the end`,
    cause: 'The policy left its reference.',
    remedy: 'Lower the learning rate or raise beta.',
  })
}

const noEntropy: Rule = ({ line }) => {
  const both = thirds(line('entropy'))
  return when(both !== undefined && both[1] < 0.2 * both[0], {
    weight: 0.4,
    sign: `entropy fell from ${three(both?.[0] ?? 0)} to ${three(both?.[1] ?? 0)}`,
    cause: 'The policy says the same every time, and its groups become constant.',
    remedy: 'Raise the temperature, lower the learning rate, or add a KL term.',
  })
}

const forgetting: Rule = ({ groups }) => {
  const types = [...new Set(groups.flatMap(({ problemType }) => problemType ?? []))]
  return types.flatMap(type => {
    const rewards = groups
      .filter(({ problemType }) => problemType === type)
      .flatMap(({ rollouts }) => mean(rollouts.flatMap(r => Object.values(r.rewards).flatMap(v => v ?? []))) ?? [])
    const both = thirds(rewards)
    return when(both !== undefined && both[0] - both[1] > 0.15, {
      weight: 0.35,
      sign: `mean reward on questions of type ${type} fell from ${three(both?.[0] ?? 0)} to ${three(both?.[1] ?? 0)}`,
      cause: 'What is trained on pushes this type out.',
      remedy: 'Mix this type in, lower the learning rate, or stop earlier.',
    })
  })
}

const rules: readonly Rule[] = [
  stillRate,
  stillGradient,
  offTemplate,
  oneVerdict,
  truncated,
  constantGroups,
  unscored,
  clipped,
  farFromReference,
  noEntropy,
  forgetting,
]

/** What the numbers of a phase say against it, the worst first. */
export const findingsOf = (signs: Signs): readonly Finding[] =>
  rules
    .flatMap(rule => rule(signs))
    .map(finding => ({ phase: signs.phase, ...finding }))
    .toSorted((a, b) => b.weight - a.weight)
