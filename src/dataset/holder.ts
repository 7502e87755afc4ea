import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { codeOf } from '../flow/index.ts'

/** A process that holds something, as a file names it. */
export interface Holder {
  readonly pid: number
  readonly host: string
  /** When it began, in the clock of its system; empty where the system does not say, which only Linux does. */
  readonly born: string
}

/** When a process of this machine began: field 22 of proc_pid_stat(5), the 20th behind the name, which may hold anything. */
const bornOf = (pid: number): string => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
  } catch {
    return ''
  }
}

const answers = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return codeOf(error) === 'EPERM'
  }
}

/** The line that names this process. */
export const ownLine = (): string => `${process.pid} ${hostname()} ${bornOf(process.pid)}`.trimEnd().concat('\n')

/** Whom a line names; undefined where it is no such line. */
export const holderOf = (text: string): Holder | undefined => {
  const [pid = '', host = '', born = ''] = text.trim().split(' ')
  return /^\d+$/.test(pid) && host !== '' ? { pid: Number(pid), host, born } : undefined
}

/** Whether it is of another machine, of whose processes nothing is known here. */
export const isElsewhere = ({ host }: Holder): boolean => host !== hostname()

/** Whether a process of this machine still runs. A number that another process, or a thread of one, has by now is not it. */
export const isAlive = ({ pid, born }: Holder): boolean => answers(pid) && (born === '' || born === bornOf(pid))
