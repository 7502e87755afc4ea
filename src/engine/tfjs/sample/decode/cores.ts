import { availableParallelism } from 'node:os'

/**
 * Cores that sampling may use: those that this process has, or the fewer that `KINOGRAD_THREADS` allows it, where processes share a
 * machine and would else wait for each other.
 */
export const coresForSampling = (env: NodeJS.ProcessEnv = process.env): number => {
  const all = availableParallelism()
  const allowed = Number(env.KINOGRAD_THREADS)
  return Number.isInteger(allowed) && allowed >= 1 ? Math.min(allowed, all) : all
}
