import type { Definition } from '../exact/families.ts'
import { type Family, families } from '../promises.ts'

/** A normaliser that routes by process, or that needs a k, is not taken for another by mistake. */
const mistakable = ({ family }: Definition): readonly Family[] =>
  families.filter(name => name !== family && name !== 'paGrpo' && name !== 'passAtK')

/** What a wrong normaliser is often instead, each with its name. */
export const likely = (d: Definition): readonly (readonly [string, Definition])[] => [
  ['a deviation over n', { ...d, ddof: 0 }],
  ['a deviation over n − 1', { ...d, ddof: 1 }],
  ...[0, 1e-8, 1e-6, 1e-5, 1e-4].map((epsilon): [string, Definition] => [`epsilon ${epsilon}`, { ...d, epsilon }]),
  ['a deviation of the whole batch', { ...d, scale: 'batch' }],
  ['no division by a deviation', { ...d, scale: 'none' }],
  ['weights of 1', { ...d, weights: {} }],
  ...mistakable(d).map((family): [string, Definition] => [family, { ...d, family }]),
]
