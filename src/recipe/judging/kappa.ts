import { type Estimated95, normal95 } from '../../evaluation/index.ts'

/** How often two raters said what: [both Yes, first Yes and second No, first No and second Yes, both No]. */
export type Crossed = readonly [number, number, number, number]

/**
 * Cohen's κ of two raters: agreement beyond what chance would give, with the large-sample interval of Fleiss, Cohen and Everitt (1969),
 * which is narrow where few are rated or nearly all agree. Undefined where nothing was rated, or where both gave everything the same word:
 * chance alone agrees then.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { cohenKappa } from 'kinograd/recipe'
 *
 * const found = cohenKappa([20, 5, 10, 15])
 * assert.equal(found?.value.toFixed(2), '0.40')
 * ```
 */
export const cohenKappa = (counts: Crossed): Estimated95 | undefined => {
  const n = counts.reduce((sum, count) => sum + count, 0)
  if (n === 0) return undefined
  const [a, b, c, d] = counts.map(count => count / n) as [number, number, number, number]
  const [first, second] = [a + b, a + c]
  const observed = a + d
  const chance = first * second + (1 - first) * (1 - second)
  if (chance === 1) return undefined
  const kappa = (observed - chance) / (1 - chance)
  // Diagonal cells weigh by how likely both words are, the others by how likely they are crosswise.
  const diagonal =
    a * (1 - chance - (first + second) * (1 - observed)) ** 2 +
    d * (1 - chance - (2 - first - second) * (1 - observed)) ** 2
  const crosswise = (1 - observed) ** 2 * (b * (second + 1 - first) ** 2 + c * (1 - second + first) ** 2)
  const variance = (diagonal + crosswise - (observed * chance - 2 * chance + observed) ** 2) / (n * (1 - chance) ** 4)
  return normal95(kappa, variance)
}

/**
 * Fleiss' κ of three raters and more: `yes` holds for each item how many of the `raters` said Yes. The interval is that of large samples
 * by the delta method, items drawn independently. Undefined where there is no item, or where all said the same word of everything.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { fleissKappa } from 'kinograd/recipe'
 *
 * assert.equal(fleissKappa([3, 3, 0, 0], 3)?.value, 1)
 * assert.equal(fleissKappa([3, 2, 1, 0], 3)?.value.toFixed(3), '0.333')
 * ```
 */
export const fleissKappa = (yes: readonly number[], raters: number): Estimated95 | undefined => {
  const n = yes.length
  if (n === 0 || raters < 2) return undefined
  const agreeing = (count: number) =>
    (count * (count - 1) + (raters - count) * (raters - count - 1)) / (raters * (raters - 1))
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / n
  const observed = mean(yes.map(agreeing))
  const share = mean(yes) / raters
  const chance = share ** 2 + (1 - share) ** 2
  if (chance === 1) return undefined
  const slope = ((4 * share - 2) * (observed - 1)) / (1 - chance) ** 2
  const influence = yes.map(count => (agreeing(count) - observed) / (1 - chance) + slope * (count / raters - share))
  return normal95((observed - chance) / (1 - chance), mean(influence.map(value => value ** 2)) / n)
}
