import { either as E } from 'fp-ts'
import type { Objective } from '../../../advantage/index.ts'
import type { TrainingRequest } from '../wire/datum.ts'
import type { Placed } from './place.ts'
import { type Refusal, refuse } from './refusal.ts'

/** Numbers of one predicted token. */
interface Token {
  readonly logprob: number
  readonly weight: number
  readonly old: number
  readonly advantage: number
}

interface Term {
  readonly loss: number
  /** d loss / d logprob. */
  readonly slope: number
}

type Bounds = readonly [low: number, high: number]
type Loss = (token: Token, bounds: Bounds) => Term

const within = (x: number, [low, high]: Bounds): number => Math.min(Math.max(x, low), high)

/** The losses of the protocol, each a sum over tokens. Ratios are to `logprobs`, bounds are of the ratio itself. */
const losses: Readonly<Record<string, Loss>> = {
  cross_entropy: ({ logprob, weight }) => ({ loss: -weight * logprob, slope: -weight }),
  importance_sampling: ({ logprob, weight, old, advantage }) => {
    const scaled = -weight * Math.exp(logprob - old) * advantage
    return { loss: scaled, slope: scaled }
  },
  ppo: ({ logprob, weight, old, advantage }, bounds) => {
    const ratio = Math.exp(logprob - old)
    const [free, bound] = [ratio * advantage, within(ratio, bounds) * advantage]
    return { loss: -weight * Math.min(free, bound), slope: free <= bound ? -weight * free : 0 }
  },
  cispo: ({ logprob, weight, old, advantage }, bounds) => {
    const factor = -weight * within(Math.exp(logprob - old), bounds) * advantage
    return { loss: factor * logprob, slope: factor }
  },
}

/** Names of the losses that are offered. */
const lossNames: readonly string[] = Object.keys(losses)

/** Which inputs a loss needs beside the targets. */
const needs = (name: string): readonly string[] => (name === 'cross_entropy' ? [] : ['logprobs', 'advantages'])

const bound = (config: TrainingRequest['config'], name: string, otherwise: number): number => {
  const given = config[name]
  return typeof given === 'number' ? given : otherwise
}

/** The loss of a request as the engine takes it. Left: a loss that is not offered, an input that it needs and has not. */
export const objectiveOf = (
  { loss: name, config }: Pick<TrainingRequest, 'loss' | 'config'>,
  data: readonly Placed[],
): E.Either<Refusal, Objective> => {
  const loss = losses[name]
  if (loss === undefined || !Object.hasOwn(losses, name))
    return refuse(400, `loss_fn ${JSON.stringify(name)} is not offered, there are ${lossNames.join(', ')}`)
  for (const input of needs(name))
    if (data.some(({ inputs }) => inputs[input] === undefined)) return refuse(400, `${name} needs ${input}`)
  const bounds: Bounds = [bound(config, 'clip_low_threshold', 0.8), bound(config, 'clip_high_threshold', 1.2)]
  return E.right(rows => {
    let sum = 0
    const gradient = rows.map((row, s) => {
      const { before, inputs } = data[s]!
      return row.map((logprob, t) => {
        const at = (input: string, otherwise: number): number => inputs[input]?.[before + t] ?? otherwise
        const token = { logprob, weight: at('weights', 1), old: at('logprobs', 0), advantage: at('advantages', 0) }
        const { loss: own, slope } = loss(token, bounds)
        sum += own
        return slope
      })
    })
    return { loss: sum, gradient, metrics: { 'loss:sum': sum } }
  })
}
