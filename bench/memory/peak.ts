import { readFileSync, writeFileSync } from 'node:fs'

/** Resident memory, bytes: now, and the most since `forgetPeak`. */
export const resident = (): { readonly now: number; readonly peak: number } => {
  const status = readFileSync('/proc/self/status', 'utf8')
  const field = (name: string): number => 1024 * Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1])
  return { now: field('VmRSS'), peak: field('VmHWM') }
}

/** Lets the peak start again at what is resident now. */
export const forgetPeak = (): void => writeFileSync('/proc/self/clear_refs', '5')
