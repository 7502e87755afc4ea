import { familyTraits } from '../exact/habits.ts'
import type { FamilyPromises, Promises, RewardDomain } from '../promises.ts'

const domainFault = ({ range, values, precision, sizes }: RewardDomain): string | null => {
  const [least, most] = range ?? [-8, 8]
  const [few, many] = sizes ?? [2, 256]
  if (range !== undefined && values !== undefined)
    return 'range and values are both given: rewards come from one of them'
  if (!(least < most)) return `range [${least}, ${most}] holds no two rewards`
  if (!Number.isFinite(most - least)) return `range [${least}, ${most}] is wider than a float64 can say`
  if (precision === 'float32' && Math.max(Math.abs(least), Math.abs(most)) > 1e18)
    return `range [${least}, ${most}] has squares that float32 cannot hold`
  if (values !== undefined && new Set(values).size < 2) return `values [${values}] tell no two rollouts apart`
  if (!(few >= 2 && many >= few))
    return `sizes [${few}, ${many}] are no sizes of groups: at least 2, and the least first`
  return null
}

const epsilonFault = (epsilon: number | undefined): string | null =>
  epsilon !== undefined && !(epsilon >= 0 && epsilon < Number.POSITIVE_INFINITY) ? `epsilon is ${epsilon}` : null

const promisesFault = ({ scope, scale, epsilon, scaleFree }: Promises): string | null => {
  const divides = scale === 'sample' || scale === 'population'
  if (scope === 'batch' && divides)
    return `scale "${scale}" is the deviation of each group by itself, and scope "batch" says that the batch enters: say scope "group", or scale "other"`
  if (epsilon !== undefined && scale === 'none') return `epsilon is ${epsilon}, and scale "none" divides by nothing`
  if (scaleFree === true && scale === 'none') return 'scaleFree is promised, and scale "none" divides by nothing'
  return null
}

const familyFault = (
  { family, reward, weights, scale, k, values, range, ddof }: FamilyPromises,
  processes: readonly string[],
): string | null => {
  const known = Object.keys(familyTraits)
  if (!Object.hasOwn(familyTraits, family)) return `family is "${family}", there is: ${known.join(', ')}`
  if (family === 'grpo' && reward === undefined && processes.length > 1)
    return `family "grpo" has one reward: say which of ${processes.join(', ')}`
  if (reward !== undefined && family !== 'grpo') return `reward is "${reward}", and family "${family}" uses all rewards`
  if (reward !== undefined && !processes.includes(reward))
    return `reward is "${reward}", there is: ${processes.join(', ')}`
  const stranger = Object.keys(weights ?? {}).find(name => !processes.includes(name))
  if (stranger !== undefined) return `a weight is for "${stranger}", there is: ${processes.join(', ')}`
  if (weights !== undefined && (family === 'paGrpo' || family === 'grpo'))
    return `weights are given, and family "${family}" adds nothing up`
  if (scale !== undefined && !['paGrpo', 'grpo', 'sum'].includes(family))
    return `scale is "${scale}", and family "${family}" has its own`
  if (ddof !== undefined && ddof !== 0 && ddof !== 1) return `ddof is ${ddof}, there is: 0, 1`
  if (k !== undefined && family !== 'passAtK') return `k is ${k}, and family "${family}" has none`
  if (k !== undefined && !(Number.isInteger(k) && k >= 1)) return `k is ${k}`
  if (family === 'passAtK' && (range !== undefined || values?.some(v => v < 0) === true))
    return 'family "passAtK" knows right (above 0) and wrong (0): give values, not a range'
  return null
}

/** The keys that only one of the two kinds of promises has. */
const mixed = (promises: object): string | null => {
  if (!('family' in promises)) return null
  const stray = [
    'routing',
    'scope',
    ...Object.keys(promises).filter(key => /(Free|Order|Sum|IsZero|Unscored|symmetric)$/.test(key)),
  ]
  const found = stray.find(key => key in promises)
  return found === undefined ? null : `${found} is promised beside a family, whose definition says it already`
}

/** Why promises cannot all be true of one normaliser, in one line, or null. */
export const contradiction = (promises: Promises | FamilyPromises, processes: readonly string[]): string | null =>
  domainFault(promises) ??
  epsilonFault(promises.epsilon) ??
  mixed(promises) ??
  ('family' in promises ? familyFault(promises, processes) : promisesFault(promises))
