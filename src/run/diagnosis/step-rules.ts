import { percent, type Rule, three, when } from './finding.ts'
import { mean, thirds } from './signs.ts'

const stillRate: Rule = ({ lineOf }) => {
  const rates = lineOf(/(?:^|[/._])(?:learning_rate|lr)$/i)
  return when(rates.length > 0 && rates.every(rate => rate === 0), {
    weight: 1,
    sign: `learning_rate is 0 at all ${rates.length} steps`,
    short: 'learning rate 0',
    cause: 'The optimiser moves nothing.',
    remedy:
      'Give a learning rate above 0, or look at its schedule (warm-up that never ends, decay over too few steps).',
  })
}

const stillGradient: Rule = ({ lineOf }) => {
  const norms = lineOf(/grad(?:ient)?_?norm$/i)
  return when(norms.length > 0 && norms.every(norm => norm === 0), {
    weight: 0.9,
    sign: `grad_norm is 0 at all ${norms.length} steps`,
    short: 'no gradient',
    cause: 'No token has an advantage: all groups are constant, or every token is masked.',
    remedy: 'Look at the groups: rewards that differ within a group are what is learned from.',
  })
}

const noNumber: Rule = ({ notNumbers, steps }) =>
  [...notNumbers].flatMap(([name, count]) =>
    when(/(?:^|[/._])(?:loss|grad_norm|kl)$/i.test(name), {
      weight: 0.95,
      sign: `${name} is not a number at ${count} of ${steps} steps`,
      short: `${name} is not a number`,
      cause: 'A step was too long, or something was divided by nothing: from then on the weights may be spoilt.',
      remedy: 'Lower the learning rate, clip the gradient, and go back to a checkpoint from before.',
    }),
  )

/** Only of phases without rewards: the loss of reinforcement stands around 0 whatever is learned. */
const stillLoss: Rule = ({ processes, lineOf }) => {
  const both = processes.length > 0 ? undefined : thirds(lineOf(/(?:^|[/._])loss$/i))
  const [first, last] = both ?? [0, 0]
  return when(both !== undefined && first > 0 && last > 0.98 * first, {
    weight: 0.55,
    sign: `loss goes from ${three(first)} to ${three(last)}`,
    short: last > 1.05 * first ? 'loss rises' : 'loss stands still',
    cause: 'Nothing is taken from the examples: steps are far too short or too long, or their targets are masked.',
    remedy:
      'Try a learning rate ten times higher and ten times lower on a few dozen examples until they are known by heart.',
  })
}

const clipped: Rule = ({ line }) => {
  const share = mean(line('clip_ratio/region_mean'))
  return when(share !== undefined && share > 0.3, {
    weight: 0.45,
    sign: `${percent(share ?? 0)} of the tokens are clipped`,
    short: `${percent(share ?? 0)} of tokens clipped`,
    cause: 'The policy moves far from the one that sampled: the learning rate is high, or rollouts are old.',
    remedy: 'Lower the learning rate, or make fewer updates a batch of rollouts.',
  })
}

const farFromReference: Rule = ({ line }) => {
  const last = thirds(line('kl'))?.[1]
  return when(last !== undefined && last > 1, {
    weight: 0.5,
    sign: `kl is ${three(last ?? 0)} at the end`,
    short: `kl ${three(last ?? 0)}`,
    cause: 'The policy left its reference.',
    remedy: 'Lower the learning rate or raise beta.',
  })
}

const noEntropy: Rule = ({ line }) => {
  const both = thirds(line('entropy'))
  return when(both !== undefined && both[1] < 0.2 * both[0], {
    weight: 0.4,
    sign: `entropy fell from ${three(both?.[0] ?? 0)} to ${three(both?.[1] ?? 0)}`,
    short: 'entropy falls',
    cause: 'The policy says the same every time, and its groups become constant.',
    remedy: 'Raise the temperature, lower the learning rate, or add a KL term.',
  })
}

/** What the metrics of steps say. */
export const stepRules: readonly Rule[] = [
  stillRate,
  noNumber,
  stillGradient,
  stillLoss,
  clipped,
  farFromReference,
  noEntropy,
]
