import { readFile } from 'node:fs/promises'
import type { Reward } from 'kinograd/advantage'
import { standardise } from 'kinograd/advantage'
import type { Check } from './quantity.ts'

interface Case {
  readonly rewards: readonly Reward[]
  readonly ddof: 0 | 1
  readonly eps: number
  readonly expected: readonly number[]
}

/** Advantages of single groups against numpy's definition written out. */
export const check: Check = async path => {
  const { cases } = JSON.parse(await readFile(path, 'utf8')) as { readonly cases: readonly Case[] }
  let error = 0
  for (const { rewards, ddof, eps, expected } of cases) {
    const got = standardise(rewards, { ddof, epsilon: eps })
    if (got.length !== expected.length) error = Number.POSITIVE_INFINITY
    for (const [i, e] of expected.entries()) {
      const apart = Math.abs((got[i] ?? Number.NaN) - e)
      error = Number.isNaN(apart) ? Number.POSITIVE_INFINITY : Math.max(error, apart)
    }
  }
  return [{ name: 'advantage', cases: cases.length, error, bound: 1e-6 }]
}
