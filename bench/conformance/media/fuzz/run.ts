import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** Which mutated files are tried. */
export interface Fuzzing {
  /** Folder of whole files that are mutated. */
  readonly folder: string
  readonly from: number
  readonly to: number
  /** The ffmpeg program; the decoder in process unless given. */
  readonly program?: string | undefined
  /** The compiled worker; the one beside this file unless given. */
  readonly worker?: string
  /** Milliseconds that one file may take before its child is called hung; two minutes unless given. */
  readonly patience?: number
}

interface Ended {
  /** The seed that was being tried when the child ended, if it did not end well. */
  readonly broken: number | undefined
  readonly lines: readonly string[]
}

/** Runs one child over seeds until it ends, dies or hangs. */
const child = ({ folder, from, to, program, worker, patience = 120_000 }: Fuzzing, scratch: string): Promise<Ended> =>
  new Promise(resolve => {
    const script = worker ?? fileURLToPath(new URL('worker.js', import.meta.url))
    const args = [script, folder, String(from), String(to), scratch, ...(program === undefined ? [] : [program])]
    const running = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    const lines: string[] = []
    let [seed, whole, hung, said] = [from, false, false, '']
    let timer = setTimeout(() => undefined, 0)
    const watch = () => {
      clearTimeout(timer)
      timer = setTimeout(() => {
        hung = true
        running.kill('SIGKILL')
      }, patience)
    }
    watch()
    running.stderr.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString('utf8')).slice(-2000)
    })
    createInterface({ input: running.stdout }).on('line', line => {
      watch()
      if (line.startsWith('> ')) seed = Number(line.slice(2))
      else if (line.startsWith('! ')) lines.push(`seed ${line.slice(2)}`)
      else if (line.startsWith('. ')) {
        whole = true
        const [descriptors = 0, left = 0] = line.slice(2).split(' ').map(Number)
        if (descriptors > 0) lines.push(`seeds ${from} to ${to}: ${descriptors} descriptors are left open`)
        if (left > 0) lines.push(`seeds ${from} to ${to}: ${left} children are left`)
      }
    })
    running.on('close', (code, signal) => {
      clearTimeout(timer)
      const bad = !whole || code !== 0
      if (bad) lines.push(`seed ${seed}: the process ${hung ? 'hung' : `ended with ${signal ?? code}`}: ${said.trim()}`)
      resolve({ broken: bad ? seed : undefined, lines })
    })
  })

/**
 * Decodes mutated files in children, so that a crash inside FFmpeg is a line that names its seed and not the end of the
 * test runner; a new child goes on behind it. Answers what was wrong, a line each.
 */
export const fuzz = async (fuzzing: Fuzzing): Promise<readonly string[]> => {
  const scratch = mkdtempSync(join(tmpdir(), 'kinograd-fuzz-'))
  const lines: string[] = []
  try {
    for (let from = fuzzing.from; from < fuzzing.to; ) {
      const ended = await child({ ...fuzzing, from }, scratch)
      lines.push(...ended.lines)
      if (ended.broken === undefined) break
      from = ended.broken + 1
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
  return lines
}
