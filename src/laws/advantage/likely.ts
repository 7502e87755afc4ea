import type { Definition } from '../exact/families.ts'
import type { Family } from '../promises.ts'

const families: readonly Family[] = [
  'grpo',
  'sum',
  'drGrpo',
  'rloo',
  'gdpo',
  'leaveOneOut',
  'reinforcePlusPlus',
  'reinforcePlusPlusBaseline',
]

/** What a wrong normaliser is often instead, each with its name. */
export const likely = (d: Definition): readonly (readonly [string, Definition])[] => [
  ['a deviation over n', { ...d, ddof: 0 }],
  ['a deviation over n − 1', { ...d, ddof: 1 }],
  ...[0, 1e-8, 1e-6, 1e-5, 1e-4].map((epsilon): [string, Definition] => [`epsilon ${epsilon}`, { ...d, epsilon }]),
  ['a deviation of the whole batch', { ...d, scale: 'batch' }],
  ['no division by a deviation', { ...d, scale: 'none' }],
  ['weights of 1', { ...d, weights: {} }],
  ...families.filter(family => family !== d.family).map((family): [string, Definition] => [family, { ...d, family }]),
]
