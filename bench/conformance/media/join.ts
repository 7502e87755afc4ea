import type { Sample, Track } from './encode.ts'

/** Where a track ends: after its last picture, in units. */
const endOf = ({ samples }: Track): number => Math.max(...samples.map(({ pts }) => pts)) + 1

/** One track behind the other, with the headers of the first; later pictures go on in time. */
export const joined = (first: Track, ...others: readonly Track[]): Track => {
  const samples = [...first.samples]
  for (const next of others) samples.push(...shifted(next, endOf({ ...first, samples })).samples)
  return { ...first, samples }
}

/** The track later by so many units. */
export const shifted = (track: Track, units: number): Track =>
  withSamples(track, sample => ({ ...sample, pts: sample.pts + units, dts: sample.dts + units }))

/** The track with every sample changed, in decode order. */
export const withSamples = (track: Track, change: (sample: Sample, index: number) => Sample): Track => ({
  ...track,
  samples: track.samples.map(change),
})

/** Pictures at times of their own (units of `base`, one per number drawn); decoding is timed like showing, earlier. */
export const retimed = (track: Track, base: readonly [number, number], times: readonly number[]): Track => {
  const [first] = track.samples
  const delay = first === undefined ? 0 : first.pts - first.dts
  const at = (unit: number) => times[unit] ?? times[0]! - (times[1]! - times[0]!) * -unit
  return {
    ...track,
    base,
    samples: track.samples.map((sample, i) => ({
      ...sample,
      pts: at(sample.pts),
      dts: at(i - delay),
      duration: Math.max(0, (times[sample.pts + 1] ?? times[sample.pts]!) - times[sample.pts]!),
    })),
  }
}
