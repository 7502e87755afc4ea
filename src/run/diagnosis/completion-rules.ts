import { constantShare } from './constant.ts'
import { type FindingOfPhase, percent, type Rule, three, when } from './finding.ts'
import { mean, type Signs, shareOf, thirds } from './signs.ts'

const offTemplate: Rule = signs => {
  const share =
    shareOf(signs, ({ malformed }) => malformed !== undefined) ??
    mean(signs.lineOf(/(?:^|[/._])malformed(?:_share)?$/i))
  return when(share !== undefined && share > 0.3, {
    weight: 0.5 + (share ?? 0) / 2,
    sign: `${percent(share ?? 0)} of the completions do not follow the template`,
    short: `${percent(share ?? 0)} off the template`,
    cause: 'The checkpoint was never taught this template, or the prompt does not ask for it.',
    remedy: 'Fine-tune on chains in this template first, show it in the prompt, or raise the limit of tokens.',
  })
}

const truncated: Rule = signs => {
  const share = mean(signs.line('completions/clipped_ratio')) ?? shareOf(signs, rollout => rollout.truncated === true)
  return when(share !== undefined && share > 0.25, {
    weight: 0.4 + (share ?? 0) / 2,
    sign: `${percent(share ?? 0)} of the completions ran into the limit of tokens`,
    short: `${percent(share ?? 0)} cut off`,
    cause: 'They end before they answer, so that they are malformed or wrong.',
    remedy: 'Raise maxTokens, or ask for shorter observations.',
  })
}

const constantGroups: Rule = signs =>
  signs.processes.flatMap(process => {
    const share = mean(signs.line(`frac_reward_zero_std/${process}`)) ?? constantShare(signs, process)
    const reward = mean(signs.line(`rewards/${process}/mean`))
    return when(share !== undefined && share > 0.7, {
      weight: 0.3 + (share ?? 0) / 2,
      sign: `${process}: ${percent(share ?? 0)} of the groups have equal rewards${reward === undefined ? '' : `, mean reward ${three(reward)}`}`,
      short: `${process}: ${percent(share ?? 0)} of groups equal`,
      cause:
        'From a group of equal rewards nothing is learned: the questions are too easy or too hard for this policy.',
      remedy: 'Choose questions that it answers sometimes, sample more completions a group, or raise the temperature.',
    })
  })

const unscored: Rule = signs =>
  signs.processes.flatMap(process => {
    const share = mean(signs.line(`unscored/${process}`))
    return when(share !== undefined && share > 0.2, {
      weight: 0.3 + (share ?? 0) / 2,
      sign: `${process}: ${percent(share ?? 0)} of the completions are unscored`,
      short: `${process}: ${percent(share ?? 0)} unscored`,
      cause: 'Its judge is unreachable, refuses, or cannot be read.',
      remedy: 'Look at failures.jsonl and at the answers of the judge.',
    })
  })

/** How far values vary around their mean. */
const deviation = (values: readonly number[]): number => {
  const middle = mean(values) ?? 0
  return Math.sqrt(mean(values.map(value => (value - middle) ** 2)) ?? 0)
}

/** Mean rewards of the groups of a type, in their order. */
const rewardsOfType = ({ groups }: Signs, type: string): readonly number[] =>
  groups
    .filter(({ problemType }) => problemType === type)
    .flatMap(({ rollouts }) => mean(rollouts.flatMap(r => Object.values(r.rewards).flatMap(v => v ?? []))) ?? [])

/** A fall from the first third to the last that is large beside all rewards, and larger than chance would have it. */
const fall = (rewards: readonly number[], spread: number): readonly [number, number] | undefined => {
  const both = thirds(rewards)
  if (both === undefined) return undefined
  const third = Math.floor(rewards.length / 3)
  const error = Math.hypot(deviation(rewards.slice(0, third)), deviation(rewards.slice(-third))) / Math.sqrt(third)
  const fell = both[0] - both[1]
  return fell > 0.1 * spread && fell > 2 * error ? both : undefined
}

const forgetting: Rule = signs => {
  const types = [...new Set(signs.groups.flatMap(({ problemType }) => problemType ?? []))]
  const all = types.map(type => ({ type, rewards: rewardsOfType(signs, type) }))
  const [least, most] = all
    .flatMap(({ rewards }) => rewards)
    .reduce(([a, b], value) => [Math.min(a, value), Math.max(b, value)] as const, [
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
    ] as const)
  return all.flatMap(({ type, rewards }): readonly FindingOfPhase[] => {
    const both = fall(rewards, most - least)
    return both === undefined
      ? []
      : [
          {
            weight: 0.35,
            sign: `mean reward on questions of type ${type} fell from ${three(both[0])} to ${three(both[1])}`,
            short: `${type} is forgotten`,
            cause: 'What is trained on pushes this type out.',
            remedy: 'Mix this type in, lower the learning rate, or stop earlier.',
          },
        ]
  })
}

/** What completions, and the metrics of them, say. */
export const completionRules: readonly Rule[] = [offTemplate, truncated, constantGroups, unscored, forgetting]
