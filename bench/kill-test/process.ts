import { spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** A job that runs in a folder. */
export interface Job {
  /** Arguments of Node, without the folder's own and without `--resume`. */
  readonly args: (folder: string) => readonly string[]
}

/** When a process is killed: so many seconds after its start, or when the run has come to so many seconds of work that counts. */
export interface Kill {
  readonly after: number
  readonly from: 'start' | 'work'
}

/** How a process of the job ended. */
export interface Ended {
  /** Whether it was killed. */
  readonly killed: boolean
  readonly code: number | null
  /** The end of what it said of errors. */
  readonly said: string
  /** From the moment at which it held the run to its end. */
  readonly worked: number
  /** From its start to the moment at which it held the run. */
  readonly starting: number
  /** Of work done since what a savepoint, or a clip, holds; 0 where it was not killed. */
  readonly lost: number
}

const modified = (path: string): number => (existsSync(path) ? statSync(path).mtimeMs : 0)

/** When the run was saved last: its newest marker, or clip. */
const savedAt = (folder: string): number => {
  const clips = join(folder, 'world', 'clips')
  const splits = existsSync(clips) ? readdirSync(clips).map(name => join(clips, name)) : []
  const phases = join(folder, 'phases')
  const markers = existsSync(phases) ? readdirSync(phases).map(name => join(phases, name)) : []
  return Math.max(0, ...[...splits, ...markers].map(modified))
}

/** Seconds of work that the markers of a run count: what was lost in a kill is not among them. */
export const savedSeconds = (folder: string): number => {
  const phases = join(folder, 'phases')
  if (!existsSync(phases)) return 0
  const byPhase = new Map<string, number>()
  for (const name of readdirSync(phases).sort().reverse()) {
    const [, phase] = /^(.+)\.(?:begun|done)\.json$/.exec(name) ?? []
    const text = phase === undefined || !existsSync(join(phases, name)) ? '' : readFileSync(join(phases, name), 'utf8')
    const [, seconds] = /"seconds":([\d.e+-]+)/.exec(text) ?? []
    // In this order what is done comes first, and its seconds count.
    if (phase !== undefined && seconds !== undefined && !byPhase.has(phase)) byPhase.set(phase, Number(seconds))
  }
  return [...byPhase.values()].reduce((sum, seconds) => sum + seconds, 0)
}

/** Longer than any run of the job: one that hangs is killed and said. */
const longest = 1800_000

/**
 * Runs the job in a folder until it ends, or until it is killed: see `Kill`.
 */
export const runJob = async (
  job: Job,
  folder: string,
  { resume, kill }: { resume: boolean; kill?: Kill },
): Promise<Ended> => {
  const started = Date.now()
  const child = spawn(process.execPath, [...job.args(folder), ...(resume ? ['--resume'] : [])], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  child.stderr.on('data', (text: Buffer) => {
    said = (said + text.toString()).slice(-2000)
  })
  let held: number | undefined
  let killed = false
  let lost = 0
  const end = (): void => {
    killed = child.kill('SIGKILL') || killed
    const now = Date.now()
    lost = held === undefined ? 0 : (now - Math.max(held, savedAt(folder))) / 1000
  }
  const lock = join(folder, 'lock')
  const watch = setInterval(() => {
    const now = Date.now()
    // The lock of a process that was killed lies there still: ours is newer.
    if (held === undefined && modified(lock) >= started) held = now
    const reached = (): number =>
      held === undefined ? 0 : savedSeconds(folder) + (now - Math.max(held, savedAt(folder))) / 1000
    const due =
      kill !== undefined &&
      (kill.from === 'start' ? now - started >= kill.after * 1000 : held !== undefined && reached() >= kill.after)
    if (!killed && (due || now - started > longest)) end()
  }, 20)
  const code = await new Promise<number | null>(resolve => child.once('close', resolve))
  clearInterval(watch)
  const ended = Date.now()
  return {
    killed: killed && code === null,
    code,
    said,
    worked: held === undefined ? 0 : (ended - held) / 1000,
    starting: ((held ?? ended) - started) / 1000,
    lost: code === null ? lost : 0,
  }
}
