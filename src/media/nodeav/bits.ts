/** Reads a payload bit by bit; past its end all bits are 0. */
export const bitsOf = (bytes: Uint8Array) => {
  let place = 0
  const bit = (): number => {
    const value = ((bytes[place >> 3] ?? 0) >> (7 - (place & 7))) & 1
    place++
    return value
  }
  const bits = (count: number): number => {
    let value = 0
    for (let i = 0; i < count; i++) value = value * 2 + bit()
    return value
  }
  /** An unsigned Exp-Golomb number; of 32 leading zeros or more nothing sensible comes. */
  const ue = (): number => {
    let zeros = 0
    while (zeros < 32 && bit() === 0) zeros++
    return 2 ** zeros - 1 + bits(zeros)
  }
  const se = (): number => {
    const code = ue()
    return code % 2 === 0 ? -code / 2 : (code + 1) / 2
  }
  return { bit, bits, ue, se }
}

/** What reads a payload. */
export type Bits = ReturnType<typeof bitsOf>
