import { either as E } from 'fp-ts'
import type { LossOptions } from '../../../advantage/index.ts'
import type { Mistake } from '../codec/mistake.ts'
import { nearest } from '../codec/nearest.ts'
import { armsOf } from '../compile/arms.ts'
import { templateParts } from '../compile/template.ts'
import type { NormaliserSetting } from '../settings/rewards.ts'
import type { RunSettings } from '../settings/run-settings.ts'

type Option = Exclude<keyof Exclude<NormaliserSetting, string>, 'preset'>

/** The options that each preset has. */
const options: Readonly<Record<string, readonly Option[]>> = {
  paGrpo: ['scale', 'ddof', 'epsilon'],
  grpo: ['reward', 'scale', 'ddof', 'epsilon'],
  gspo: ['reward', 'scale', 'ddof', 'epsilon'],
  sum: ['weights', 'scale', 'ddof', 'epsilon'],
  gdpo: ['weights', 'ddof', 'epsilon'],
  drGrpo: ['weights'],
  rloo: ['weights'],
  reinforcePlusPlus: ['weights', 'ddof', 'epsilon', 'baseline'],
}

const optionRules = (
  path: readonly string[],
  given: NormaliserSetting,
  processes: readonly string[],
): readonly Mistake[] => {
  const { preset, ...rest } = typeof given === 'string' ? { preset: given } : given
  const known = options[preset] ?? []
  const takesReward = known.includes('reward')
  const { reward, weights = {} }: { readonly reward?: string; readonly weights?: Readonly<Record<string, number>> } =
    rest
  const strange = (name: string, at: readonly string[]) =>
    processes.includes(name) ? [] : [{ path: at, says: `is no process of the template. ${nearest(name, processes)}` }]
  return [
    ...Object.keys(rest)
      .filter(name => !known.some(one => one === name))
      .map(name => ({ path: [...path, name], says: `is no option of ${preset}. It has ${known.join(', ')}` })),
    ...(takesReward && reward === undefined
      ? [
          {
            path,
            says: `${preset} needs the process whose reward counts: { preset: ${preset}, reward: ${processes.at(-1)} }`,
          },
        ]
      : []),
    ...(reward !== undefined && takesReward && !processes.includes(reward)
      ? [
          {
            path: [...path, 'reward'],
            says: `is "${reward}", no process of the template. ${nearest(reward, processes)}`,
          },
        ]
      : []),
    ...Object.keys(weights).flatMap(name => strange(name, [...path, 'weights', name])),
  ]
}

/** A KL needs something to be taken to. */
const klRule = (
  path: readonly string[],
  { beta = 0.04 }: LossOptions,
  { rl, policy, module }: RunSettings,
): readonly Mistake[] =>
  beta > 0 && rl?.reference === undefined && policy?.adapter === undefined && module === undefined
    ? [
        {
          path,
          says: `has a KL of weight ${beta} to nothing: give rl.loss.beta 0, a policy.adapter, or rl.reference start`,
        },
      ]
    : []

/** Normalisers fit the template and have options of their own preset; each loss has what it needs. */
export const normaliserRules = (given: RunSettings): readonly Mistake[] => {
  const { rl } = given
  if (rl === undefined) return []
  const parts = templateParts(given.template)
  if (E.isLeft(parts)) return []
  const { processes } = parts.right.template
  const both: readonly Mistake[] =
    rl.arms !== undefined && rl.normaliser !== undefined
      ? [{ path: ['rl', 'normaliser'], says: 'stands beside arms, and only one of normaliser, arms may be given' }]
      : []
  return [
    ...both,
    ...armsOf(rl).flatMap(({ path, normaliser, loss }) => {
      const wrong = optionRules(path, normaliser, processes)
      return wrong.length > 0 ? wrong : klRule(rl.arms === undefined ? ['rl', 'loss'] : path, loss, given)
    }),
  ]
}
