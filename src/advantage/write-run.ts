/** From this many tokens on `fill` is quicker than a loop, as its call alone takes the time of some 60 tokens. */
const long = 80

/**
 * Writes one value to into[start … end): by a loop of eight at a time, which needs no call out of compiled code, and long
 * runs by `fill`. `npm run bench -- runs` says what each takes on a processor.
 */
export const writeRun = (into: Float64Array, start: number, end: number, value: number): void => {
  if (end - start >= long) {
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
