import type { MediaCase } from './case.ts'

/** The suite without what takes long to make or to decode: what every run of the tests tries. */
export const small = (cases: readonly MediaCase[]): readonly MediaCase[] => cases.filter(({ slow }) => slow !== true)

/** One case of each family (the first word of its name): a child of the ffmpeg program takes a tenth of a second. */
export const smallOnProgram = (cases: readonly MediaCase[]): readonly MediaCase[] => {
  const seen = new Set<string>()
  return cases.filter(({ name }) => {
    const family = name.split(/[_.]/)[0]!
    if (seen.has(family)) return false
    seen.add(family)
    return true
  })
}

/** One case of each family, and one in so many of the others. */
export const someOf = (cases: readonly MediaCase[], every: number): readonly MediaCase[] => {
  const first = new Set(smallOnProgram(cases))
  return cases.filter((one, i) => first.has(one) || i % every === 0)
}
