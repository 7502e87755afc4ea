/** What is kept of weights that are at most 1: those above `floor`, and of those equal to it the first `atFloor`. */
export interface Cut {
  readonly floor: number
  readonly atFloor: number
}

/** All but zeros. */
export const everything: Cut = { floor: 0, atFloor: 0 }

/** 32 classes an octave for weights from 1 down to 2⁻⁶⁴; the last class holds what is smaller. */
const classes = 2048
/** Exponent and the first five bits of the mantissa of 1: a float32 without its last 18 bits. */
const classOfOne = 0x3f800000 >>> 18

/**
 * Where to cut so that the fewest of the largest weights have shares that reach `target`, and what they reach; at least one is kept.
 * Linear time: the shares of classes of like size are summed, and only the class that holds the cut is sorted.
 */
export const cutAt = (
  weights: Float32Array,
  target: number,
  share: (weight: number) => number,
): Cut & { readonly reached: number } => {
  const words = new Uint32Array(weights.buffer, weights.byteOffset, weights.length)
  const classOf = (i: number) => Math.min(classes - 1, classOfOne - (words[i]! >>> 18))
  const shares = new Float64Array(classes)
  for (let i = 0; i < weights.length; i++) {
    const at = classOf(i)
    shares[at] = shares[at]! + share(weights[i]!)
  }
  let cut = 0
  let reached = 0
  while (cut < classes - 1 && reached + shares[cut]! < target) reached += shares[cut++]!
  const inside: number[] = []
  for (let i = 0; i < weights.length; i++) if (classOf(i) === cut) inside.push(weights[i]!)
  inside.sort((a, b) => b - a)
  let floor = 0
  let atFloor = 0
  for (const weight of inside) {
    if (reached >= target && reached > 0) break
    reached += share(weight)
    atFloor = weight === floor ? atFloor + 1 : 1
    floor = weight
  }
  return { floor, atFloor, reached }
}

/** The sum of what a cut keeps. */
export const totalOf = (weights: Float32Array, { floor, atFloor }: Cut): number => {
  let left = atFloor
  let total = 0
  for (let i = 0; i < weights.length; i++) {
    const weight = weights[i]!
    if (weight > floor || (weight === floor && left-- > 0)) total += weight
  }
  return total
}

/** The first place at which the running sum of what a cut keeps exceeds `target`; its last place, when rounding hides that one. */
export const placeOf = (weights: Float32Array, { floor, atFloor }: Cut, target: number): number | undefined => {
  let left = atFloor
  let rest = target
  let last: number | undefined
  for (let i = 0; i < weights.length; i++) {
    const weight = weights[i]!
    if (weight > floor || (weight === floor && left-- > 0)) {
      last = i
      rest -= weight
      if (rest < 0) break
    }
  }
  return last
}
