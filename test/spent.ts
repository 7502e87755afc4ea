/** Whether this is the long suite (`npm run test:long`), in which every check has its full size. */
export const isLong = process.env.KINOGRAD_FUZZ_RUNS !== undefined

/** Seconds of processor time since such a reading. */
export const spentSince = (before: NodeJS.CpuUsage): number => {
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1e6
}

const yardstick = JSON.stringify(Array.from({ length: 20_000 }, (_, i) => [`t${i}`, { shape: [2], offsets: [0, 8] }]))

/** How many times slower processors are now than where limits were set, at least 1: a machine that others use may take five times as long. */
const slowness = (): number => {
  const times = Array.from({ length: 5 }, () => {
    const before = process.cpuUsage()
    JSON.stringify(JSON.parse(yardstick))
    return spentSince(before)
  })
  return Math.max(1, Math.min(...times) / 0.015)
}

/** Seconds of processor time as a limit may hold them: those of a slow machine count as what they would be on a quick one. */
export const limited = (seconds: number): number => (seconds > 0.2 ? seconds / slowness() : seconds)

/** Seconds of processor time that a function takes, as a limit may hold them: on a busy machine the clock tells of others. */
export const spent = (run: () => unknown): number => {
  const before = process.cpuUsage()
  run()
  return limited(spentSince(before))
}
