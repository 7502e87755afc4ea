import { createHash } from 'node:crypto'
import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'

const readOr = (read: () => string, otherwise: string): string => {
  try {
    return read()
  } catch {
    return otherwise
  }
}

/** Eight letters and digits that stand for a text. */
export const short = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 8)

/** A name for this run of the machine's kernel; nothing where the system tells none, as outside Linux. */
export const bootId = (): string | undefined =>
  readOr(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(), '') || undefined

/** Names this machine and, in a container, this container: process numbers mean something only within it. */
const placeId = (): string => short(`${hostname()} ${readOr(() => readlinkSync('/proc/self/ns/pid'), '')}`)

/** When a process began, in ticks since boot, by which a number that was given again is told; nothing when it has ended. */
const beganAt = (pid: number): string | undefined => {
  const stat = readOr(() => readFileSync(`/proc/${pid}/stat`, 'utf8'), '')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19]
}

/** A process by place, boot, start and number: words of letters and digits with dots between, for names of files. */
export const processName = (): string =>
  [placeId(), short(bootId() ?? ''), (beganAt(process.pid) ?? '0').padStart(12, '0'), process.pid].join('.')

/** Whether the process of such a name lives. `unknown`: it belongs to another machine or container. */
export const lives = (name: string): 'yes' | 'no' | 'unknown' => {
  const [place, boot, began, pid] = name.split('.')
  if (place !== placeId()) return 'unknown'
  if (boot !== short(bootId() ?? '')) return 'no'
  return (beganAt(Number(pid)) ?? '').padStart(12, '0') === began ? 'yes' : 'no'
}
