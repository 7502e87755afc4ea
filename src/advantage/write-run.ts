/** Runs shorter than this are written by a loop, longer ones by `fill`, whose call alone takes as long as 48 tokens. */
const short = 48

/**
 * Writes one value to into[start … end). Up to `short` tokens by a loop of eight at a time, which needs no call out of
 * the compiled code and is within a fifth of the same speed on every processor; longer ones by `fill`.
 */
export const writeRun = (into: Float64Array, start: number, end: number, value: number): void => {
  if (end - start >= short) {
    into.fill(value, start, end)
    return
  }
  let t = start
  for (const last = end - 7; t < last; t += 8) {
    into[t] = value
    into[t + 1] = value
    into[t + 2] = value
    into[t + 3] = value
    into[t + 4] = value
    into[t + 5] = value
    into[t + 6] = value
    into[t + 7] = value
  }
  for (; t < end; t++) into[t] = value
}
