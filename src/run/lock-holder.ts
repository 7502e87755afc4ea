import { readFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { codeOf } from '../flow/index.ts'

/** Whether the process that has a run's lock lives, as far as this machine can tell. */
export type LockHolder = 'alive' | 'ended' | 'elsewhere'

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return codeOf(error) === 'EPERM'
  }
}

/** Who has the lock of a run folder: it holds the number of a process and the name of its machine. Undefined where nobody has it. */
export const lockHolder = async (directory: string): Promise<LockHolder | undefined> => {
  const text = await readFile(join(directory, 'lock'), 'utf8').catch(() => '')
  const [, pid, host] = /^(\d{1,10}) (\S{1,255})\s*$/.exec(text) ?? []
  if (pid === undefined) return undefined
  return host === hostname() ? (isAlive(Number(pid)) ? 'alive' : 'ended') : 'elsewhere'
}
