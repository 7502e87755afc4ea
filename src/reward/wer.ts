import { editDistance } from './alignment.ts'

/**
 * Word error rate: insertions, deletions and substitutions that turn the hypothesis into the reference, over the number
 * of words of the reference (at least 1); above 1 for a hypothesis with many words too many. Time
 * |reference|·|hypothesis|, memory |hypothesis|.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { wordErrorRate } from 'kinograd/reward'
 *
 * assert.equal(wordErrorRate(['the', 'quick', 'brown', 'fox'], ['the', 'quick', 'fox']), 1 / 4)
 * ```
 */
export const wordErrorRate = (reference: readonly string[], hypothesis: readonly string[]): number =>
  editDistance(reference, hypothesis) / Math.max(1, reference.length)
