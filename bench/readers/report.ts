/** Says on the last line what this process took: processor time, and the most memory that was resident. */
export const report = (count: number): void => {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage()
  console.log(JSON.stringify({ count, seconds: (userCPUTime + systemCPUTime) / 1e6, megabytes: maxRSS / 1024 }))
}
