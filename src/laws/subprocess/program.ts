import { messageOf } from '../../flow/index.ts'
import { neededEnvironment } from '../../untrusted/index.ts'
import { Unanswered, Unfit } from '../law.ts'

/** A program that answers a line with a line. */
export interface Program {
  readonly ask: (line: string) => Promise<string>
  /** Ends this run of it, for the reason given; the next question starts another, up to a number of times. */
  readonly restart: (why: string) => void
  /** Ends it. */
  readonly close: () => void
}

/** How a program is run. */
export interface ProgramOptions {
  /** Milliseconds that one answer may take; 10,000 by default. */
  readonly timeLimit?: number
  readonly cwd?: string
  /**
   * Its environment; by default what programs need to run and to find their libraries (PATH, HOME, PYTHONPATH, …), and nothing that
   * is a secret.
   */
  readonly env?: Readonly<Record<string, string>>
}

/** Characters of one answer, and of what is kept of the error output. */
const [longestLine, keptErrors] = [64e6, 2000]
/** Times that a program is started again after it died, so that what kills it can be made small. */
const restarts = 20

const modules = () => {
  const children = globalThis.process?.getBuiltinModule?.('node:child_process')
  if (children === undefined) throw new Unanswered('programs are asked from Node, and this is none')
  return children
}

/** One run of a program. */
interface Running {
  readonly write: (line: string) => void
  readonly kill: () => void
}

/** What one who waits for a line is told. */
interface Waiting {
  readonly line: (line: string) => void
  readonly died: (how: string) => void
}

const lastLine = (text: string): string => text.trimEnd().split('\n').at(-1)?.slice(0, 200) ?? ''

const start = (
  [name, ...args]: readonly [string, ...string[]],
  { cwd, env = neededEnvironment(globalThis.process.env) }: ProgramOptions,
  told: Waiting,
): Running => {
  const child = modules().spawn(name, args, { stdio: 'pipe', env: { ...env }, ...(cwd === undefined ? {} : { cwd }) })
  const heard = { line: '', errors: '' }
  const kill = (): void => {
    child.kill('SIGKILL')
  }
  const died = (how: string): void => {
    globalThis.process.off('exit', kill)
    told.died(`${how}${heard.errors.trim() === '' ? '' : `: ${lastLine(heard.errors)}`}`)
  }
  globalThis.process.on('exit', kill)
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    heard.line += text
    const lines = heard.line.split('\n')
    heard.line = lines.pop() ?? ''
    for (const line of lines) if (line.trim() !== '') told.line(line)
    if (heard.line.length > longestLine) kill()
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    heard.errors = (heard.errors + text).slice(-keptErrors)
  })
  // What is written to a program that is gone: its end says it.
  child.stdin.on('error', () => {})
  child.on('error', error => died(`the program cannot be run (${error.message})`))
  child.on('close', (code, signal) =>
    died(`the program ended with ${signal ?? `exit code ${code}`} before it answered`),
  )
  return { write: line => child.stdin.write(`${line}\n`), kill }
}

/** Runs a program when it is first asked, and again when it died on a question; one question at a time. */
export const program = (command: readonly [string, ...string[]], options: ProgramOptions = {}): Program => {
  const { timeLimit = 10_000 } = options
  let running: Running | undefined
  let waiting: Waiting | undefined
  let gone: string | undefined
  let [answers, deaths] = [0, 0]
  const close = (): void => {
    running?.kill()
    running = undefined
  }
  const begin = (): Running => {
    // What a run says after it was given up is for nobody.
    const own: { run?: Running } = {}
    own.run = start(command, options, {
      line: line => {
        if (running === own.run) waiting?.line(line)
      },
      died: how => {
        if (running !== own.run) return
        running = undefined
        waiting?.died(how)
      },
    })
    return own.run
  }
  const ask = (line: string): Promise<string> =>
    new Promise<string>((resolve, reject) => {
      if (gone !== undefined) return reject(new Unanswered(gone))
      const clock = setTimeout(() => {
        gone = `no answer within ${timeLimit / 1000} s`
        close()
        settle(() => reject(new Unanswered(`no answer within ${timeLimit / 1000} s`)))
      }, timeLimit)
      const settle = (then: () => void): void => {
        clearTimeout(clock)
        waiting = undefined
        then()
      }
      waiting = {
        line: answer => settle(() => resolve(answer)),
        died: how => {
          deaths++
          if (answers === 0 || deaths > restarts) gone = how
          settle(() => reject(gone === undefined ? new Unfit(how) : new Unanswered(how)))
        },
      }
      try {
        running ??= begin()
        running.write(line)
      } catch (thrown) {
        gone = messageOf(thrown)
        settle(() => reject(new Unanswered(gone)))
      }
    }).then(answer => {
      answers++
      return answer
    })
  const restart = (why: string): void => {
    close()
    deaths++
    if (deaths > restarts) gone = why
  }
  return { ask, restart, close }
}
