/** The smallest weight that is kept, and how many of those equal to it are. */
interface Cut {
  readonly floor: number
  readonly atFloor: number
}

/** 32 classes an octave for weights from 1 down to 2⁻⁶⁴; the last class holds what is smaller. */
const classes = 2048
/** Exponent and the first five bits of the mantissa of 1: the upper word of a double without its last 15 bits. */
const classOfOne = 0x3ff00000 >>> 15

/**
 * Where to cut so that the fewest of the largest weights have shares that reach `target`; at least one is kept. Linear time: the
 * shares of classes of like size are summed, and only the class that holds the cut is sorted.
 */
const cutAt = (weights: Float64Array, target: number, share: (weight: number) => number): Cut => {
  const words = new Uint32Array(weights.buffer, weights.byteOffset, weights.length * 2)
  const classOf = (i: number) => Math.min(classes - 1, classOfOne - ((words[2 * i + 1] as number) >>> 15))
  const shares = new Float64Array(classes)
  for (let i = 0; i < weights.length; i++) {
    const at = classOf(i)
    shares[at] = (shares[at] as number) + share(weights[i] as number)
  }
  let cut = 0
  let reached = 0
  while (cut < classes - 1 && reached + (shares[cut] as number) < target) reached += shares[cut++] as number
  const inside: number[] = []
  for (let i = 0; i < weights.length; i++) if (classOf(i) === cut) inside.push(weights[i] as number)
  inside.sort((a, b) => b - a)
  let floor = 0
  let atFloor = 0
  for (const weight of inside) {
    if (reached >= target && reached > 0) break
    reached += share(weight)
    atFloor = weight === floor ? atFloor + 1 : 1
    floor = weight
  }
  return { floor, atFloor }
}

/** Sets to 0 all but the fewest largest weights, of at most 1, whose shares reach `target`; of equals the first stay. */
export const keepLargest = (weights: Float64Array, target: number, share: (weight: number) => number): void => {
  const { floor, atFloor } = cutAt(weights, target, share)
  let left = atFloor
  for (let i = 0; i < weights.length; i++) {
    const weight = weights[i] as number
    if (weight < floor || (weight === floor && left-- <= 0)) weights[i] = 0
  }
}
