/** Whether this is the long suite (`npm run test:long`), in which every check has its full size. */
export const isLong = process.env.KINOGRAD_FUZZ_RUNS !== undefined

/** Seconds of processor time that a function takes: on a busy machine the clock tells of others. */
export const spent = (run: () => unknown): number => {
  const before = process.cpuUsage()
  run()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1e6
}
