import {
  drGrpo,
  gdpo,
  grpo,
  type Normaliser,
  paGrpo,
  reinforcePlusPlus,
  rloo,
  type Scale,
  type Spread,
  sum,
} from '../../../advantage/index.ts'
import type { NormaliserSetting } from '../settings/rewards.ts'

/** A normaliser, and the metric that says which share of groups teaches it nothing. */
export interface NormaliserParts {
  readonly normaliser: Normaliser<string>
  readonly constantGroups: string
}

const together = 'frac_reward_zero_std'

/** The normaliser of a setting whose options fit its preset. */
export const normaliserOf = (given: NormaliserSetting): NormaliserParts => {
  const {
    preset,
    reward = '',
    weights,
    scale,
    ddof,
    epsilon,
    baseline,
  } = typeof given === 'string' ? { preset: given } : given
  const spread: Spread = { ...(ddof === undefined ? {} : { ddof }), ...(epsilon === undefined ? {} : { epsilon }) }
  const scaled: Scale = { ...spread, ...(scale === undefined ? {} : { scale }) }
  const weighted = weights === undefined ? {} : { weights }
  switch (preset) {
    case 'paGrpo':
      return { normaliser: paGrpo(scaled), constantGroups: `${together}/pa_grpo` }
    case 'grpo':
    case 'gspo':
      return { normaliser: grpo({ ...scaled, reward }), constantGroups: `${together}/${reward}` }
    case 'sum':
      return { normaliser: sum({ ...scaled, ...weighted }), constantGroups: together }
    case 'drGrpo':
      return { normaliser: drGrpo(weighted), constantGroups: together }
    case 'gdpo':
      return { normaliser: gdpo({ ...spread, ...weighted }), constantGroups: together }
    case 'rloo':
      return { normaliser: rloo(weighted), constantGroups: together }
    case 'reinforcePlusPlus':
      return {
        normaliser: reinforcePlusPlus({ ...spread, ...weighted, ...(baseline === undefined ? {} : { baseline }) }),
        constantGroups: together,
      }
  }
}
