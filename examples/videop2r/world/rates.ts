/** How the scripted teacher fails. Lists are by the number of objects in the clip: 1, 2, 3. */
export interface TeacherRates {
  /**
   * Share of needed facts that stay vague in what is left after a sufficiency judge of `designJudge` accuracy.
   * Before that judge the teacher is vague more often: see `vagueBefore`.
   */
  readonly vague: readonly [number, number, number]
  /** Share of shortcuts ("so it is 8 .") among chains whose facts are all detailed. */
  readonly shortcut: readonly [number, number, number]
  /** Accuracy of the judge for which `vague` is meant: VideoP2R's cheapest judge (its Table 4). */
  readonly designJudge: number
  /** Chains that state a fact wrongly and reason from it. */
  readonly misstated: number
  /** Chains whose answer slips although everything before it is right. */
  readonly slip: number
  /** Chains that break the template. */
  readonly malformed: number
}

export const defaultRates: TeacherRates = {
  vague: [0, 0.2, 0.65],
  shortcut: [0, 0.6, 0.97],
  designJudge: 0.82,
  misstated: 0.06,
  slip: 0.02,
  malformed: 0.04,
}

const rateFor = (list: readonly [number, number, number], objects: number): number => list[objects - 1] ?? list[2]

/** Of chains about `facts` facts: how many raw ones there are for each that the judge keeps, detailed and vague ones apart. */
const rawPerKept = (rates: TeacherRates, objects: number, facts: number) => {
  const detailedKept = (1 - rateFor(rates.vague, objects)) ** facts
  const detailed = detailedKept / rates.designJudge
  const vague = detailedKept === 1 ? 0 : (1 - detailedKept) / (1 - rates.designJudge)
  return { detailed, vague }
}

/**
 * Probability that a raw chain leaves at least one of its facts vague, such that the judge of `designJudge` accuracy
 * (it errs both ways alike) leaves independent vague facts at the rate `vague`. With the defaults and three facts:
 * 0 / .79 / .99 for 1 / 2 / 3 objects.
 */
export const vagueBefore = (rates: TeacherRates, objects: number, facts: number): number => {
  const raw = rawPerKept(rates, objects, facts)
  return raw.vague / (raw.vague + raw.detailed)
}

/** Raw chains needed for one that the judge keeps. */
export const rawNeeded = (rates: TeacherRates, objects: number, facts: number): number => {
  const raw = rawPerKept(rates, objects, facts)
  return raw.vague + raw.detailed
}

/** Wanted shares after the filter: objects from [1, 1, 2, 2, 3], operands from [1, 2, 3, 3]. */
const objectsKept = [2, 2, 1]
const operandsKept = [1, 1, 2]

/** Weights of 1, 2, 3 operands in the raw pool for clips of so many objects. */
export const rawOperands = (rates: TeacherRates, objects: number): readonly number[] =>
  operandsKept.map((share, i) => share * rawNeeded(rates, objects, i + 1))

/** Weights of 1, 2, 3 objects in the raw pool: with the defaults 1 : 2.4 : 2.0. */
export const rawObjects = (rates: TeacherRates): readonly number[] =>
  objectsKept.map((share, i) => share * rawOperands(rates, i + 1).reduce((sum, w) => sum + w, 0))
