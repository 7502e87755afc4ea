import { type ChildProcess, fork } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { resolve } from 'node:path'
import { either as E, type taskEither as TE } from 'fp-ts'
import { loadedPrecision } from '../../engine/tfjs/index.ts'
import { type Fault, fault } from '../../flow/index.ts'
import type { Said, Told } from './messages.ts'
import type { Progress } from './progress.ts'
import type { Task } from './task.ts'

/** A process that does tasks beside this one. */
export interface ProcessBeside {
  /** Has it do a task, one at a time: what the task comes to. */
  readonly does: (task: Task) => TE.TaskEither<Fault, unknown>
  /** Whether it can do another. */
  readonly lives: () => boolean
  /** Tells it to save what it does and to end that. */
  readonly stop: () => void
  /** Ends it; resolves when it has ended. */
  readonly end: () => Promise<void>
}

const lastWords = 2_000

/** Milliseconds that it has to end by itself. */
const patience = 5_000

const ended = (why: string, words: string): Fault =>
  fault(
    'ProcessEnded',
    `a process beside this one ended: ${why}${words === '' ? '' : `: ${words.trim().split('\n').slice(-3).join(' | ')}`}`,
    'What it did is kept: --resume goes on from there. Where memory is short, have fewer done at once.',
  )

/** Its share of the cores: as many processes as are at work would else wait for each other. */
const threads = (count: number): Record<string, string> => {
  const share = String(Math.max(1, Math.floor(availableParallelism() / count)))
  return { TF_NUM_INTRAOP_THREADS: share, KINOGRAD_THREADS: share }
}

const exited = (child: ChildProcess): Promise<void> =>
  child.exitCode !== null || child.signalCode !== null
    ? Promise.resolve()
    : new Promise(resolve => child.once('exit', () => resolve()))

/** What it answers when it has done what it was told. */
type Answer = Extract<Said, { readonly kind: 'ready' | 'done' }>

/**
 * Starts a process that runs the given file for a run, one of so many, and opens the recipe; it ends when this process does, whatever ends
 * that. `progressed` is told how far it is with its task.
 */
export const startBeside = (
  file: string,
  directory: string,
  count: number,
  open: Extract<Told, { readonly kind: 'open' }>,
  progressed: (said: Progress) => void,
): ProcessBeside => {
  // The argument is for people who look at processes.
  const child = fork(file, [resolve(directory)], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    // What a user sets counts more.
    env: { ...threads(count), ...process.env, KINOGRAD_MATMUL_PRECISION: loadedPrecision() ?? '' },
  })
  let words = ''
  let over: Fault | undefined
  let waiting: ((said: E.Either<Fault, Answer>) => void) | undefined
  const settle: NonNullable<typeof waiting> = said => {
    const told = waiting
    waiting = undefined
    told?.(said)
  }
  const gone = (why: string): void => {
    over ??= ended(why, words)
    settle(E.left(over))
  }
  child.stderr?.on('data', (piece: Buffer) => {
    words = (words + piece).slice(-lastWords)
  })
  child.on('message', (said: Said) => {
    if (said.kind === 'progress') progressed(said)
    else settle(said.kind === 'failed' ? E.left(said.fault) : E.right(said))
  })
  child.on('error', error => gone(error.message))
  child.on('close', (code, signal) => gone(signal === null ? `exit code ${code}` : `killed by ${signal}`))
  const ask = (told: Told): Promise<E.Either<Fault, Answer>> =>
    new Promise(settled => {
      if (over !== undefined) return settled(E.left(over))
      waiting = settled
      child.send(told)
    })
  const ready = ask(open)
  return {
    does: task => async () => {
      const begun = await ready
      const done = E.isLeft(begun) ? begun : await ask({ kind: 'do', task })
      return E.map((said: Answer): unknown => (said.kind === 'done' ? said.result : undefined))(done)
    },
    lives: () => over === undefined,
    stop: () => {
      if (child.connected) child.send({ kind: 'stop' } satisfies Told)
    },
    end: async () => {
      if (child.connected) child.disconnect()
      const limit = setTimeout(() => child.kill('SIGKILL'), patience)
      await exited(child)
      clearTimeout(limit)
    },
  }
}
