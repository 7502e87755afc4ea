/** Whether this is the long suite (`npm run test:long`), in which every check has its full size. */
export const isLong = process.env.KINOGRAD_FUZZ_RUNS !== undefined

/** Seconds of processor time since such a reading. */
export const spentSince = (before: NodeJS.CpuUsage): number => {
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1e6
}

const yardstick = JSON.stringify(Array.from({ length: 20_000 }, (_, i) => [`t${i}`, { shape: [2], offsets: [0, 8] }]))

/** Seconds that a known piece of work takes, five times. */
const known = (now: () => () => number): readonly number[] =>
  Array.from({ length: 5 }, () => {
    const since = now()
    JSON.stringify(JSON.parse(yardstick))
    return since()
  })
/** What it takes where limits were set. */
const ordinary = 0.015

/** How many times slower processors are now than where limits were set, at least 1: a machine that others use may take five times as long. */
const slowness = (): number => {
  const times = known(() => {
    const before = process.cpuUsage()
    return () => spentSince(before)
  })
  return Math.max(1, Math.min(...times) / ordinary)
}

/** The same by the clock: on a busy machine others come between. */
export const clockSlowness = (): number => {
  const times = known(() => {
    const began = performance.now()
    return () => (performance.now() - began) / 1000
  })
  return Math.max(1, times.reduce((sum, seconds) => sum + seconds, 0) / times.length / ordinary)
}

/** Seconds of processor time as a limit may hold them: those of a slow machine count as what they would be on a quick one. */
export const limited = (seconds: number): number => (seconds > 0.2 ? seconds / slowness() : seconds)

/** Seconds of processor time that a function takes, as a limit may hold them: on a busy machine the clock tells of others. */
export const spent = (run: () => unknown): number => {
  const before = process.cpuUsage()
  run()
  return limited(spentSince(before))
}

/** Milliseconds by the clock since `performance.now()` said this, as a limit may hold them: those of a slow or busy machine count for less. */
export const waitedSince = (began: number): number => {
  const waited = performance.now() - began
  return waited / clockSlowness()
}
