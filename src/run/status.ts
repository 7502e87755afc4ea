import type { Fault, Gate } from '../flow/index.ts'
import { scrubber } from '../untrusted/index.ts'
import { held } from './status-held.ts'
import { type PhaseUnderWay, phaseUnderWay } from './status-phase.ts'
import { duration, oneLine } from './status-words.ts'

export { duration, oneLine } from './status-words.ts'

/** What will be done, said before it is. */
export interface StatusPlan {
  readonly title: string
  /** Lines under the title: backend, decoder, where results go. */
  readonly notes: readonly string[]
  readonly phases: readonly {
    readonly name: string
    readonly does: string
    /** Expected; absent where nobody knows. */
    readonly minutes?: number
  }[]
}

/** Says what is being done: a live line a phase on a terminal, one line an event elsewhere. */
export interface Status {
  readonly announce: (plan: StatusPlan) => void
  readonly begin: (phase: string) => void
  /** How far the phase is; `note` is a few words as `reward 1.42`. */
  readonly progress: (phase: string, done: number, total: number, note?: string) => void
  /**
   * Numbers of a step, of which the line shows those that it knows: rewards by process, constant groups, the malformed share, `loss`,
   * `failures`, and from `tokens` (of this step) tokens a second. A run with this status calls it for all that it writes.
   */
  readonly numbers: (phase: string, values: Readonly<Record<string, number | null>>) => void
  /** What speaks against the phase's learning, in a few words; nothing takes them away. A run with this status calls it. */
  readonly sign: (phase: string, words: string | undefined) => void
  /** Shows how many items, and how many bytes, a scope holds until what is returned is called. */
  readonly watch: (gate: Pick<Gate, 'stats$'>) => () => void
  readonly end: (phase: string, note?: string) => void
  /** The phase was finished in an earlier process. */
  readonly skip: (phase: string) => void
  readonly fail: (phase: string, fault: Fault) => void
  /** A line of its own. */
  readonly say: (text: string) => void
  /** Leaves the cursor on a fresh line. */
  readonly close: () => void
}

/** Where a status line is written, and how wide it may be. */
export interface StatusOptions {
  readonly write: (text: string) => void
  readonly tty: boolean
  readonly columns?: number
  /** Milliseconds. */
  readonly now?: () => number
  /** Milliseconds between two progress lines where there is no terminal. */
  readonly every?: number
  /** Where secrets are looked for, none of which is written; `process.env` by default. */
  readonly env?: Readonly<Record<string, string | undefined>>
}

/** Writes whole lines, and one live line that is written over. */
const lines = (write: (text: string) => void, hide: (text: string) => string, columns: number) => {
  let live = ''
  return {
    line: (text: string): void => {
      write(`${live === '' ? '' : '\r\u001b[2K'}${hide(text)}\n`)
      live = ''
    },
    show: (given: string): void => {
      const text = hide(given)
      const short = text.length < columns ? text : `${text.slice(0, Math.max(columns - 2, 1))}…`
      if (short !== live) write(`\r\u001b[2K${short}`)
      live = short
    },
    close: (): void => {
      if (live !== '') write('\n')
      live = ''
    },
  }
}

const announced = ({ title, notes, phases }: StatusPlan): readonly string[] => {
  const width = Math.max(...phases.map(({ name }) => name.length), 0)
  const known = phases.flatMap(({ minutes }) => minutes ?? [])
  const total = known.reduce((sum, minutes) => sum + minutes, 0)
  const all = `  ${'all'.padEnd(width)}  ${`~ ${Math.max(1, Math.round(total))} min`.padStart(8)}`
  return [
    oneLine(title),
    ...notes.map(note => `  ${oneLine(note)}`),
    ...phases.map(({ name, does, minutes }) => {
      const time = minutes === undefined ? '' : minutes < 1 ? '< 1 min' : `~ ${Math.round(minutes)} min`
      return `  ${oneLine(name).padEnd(width)}  ${time.padStart(8)}  ${oneLine(does)}`
    }),
    ...(known.length < phases.length ? [] : [all]),
  ]
}

/**
 * Opens the status display. Time and output are given, so it can be tested without a terminal. On one it keeps a live line no wider than it,
 * without one it writes a line every thirty seconds (`every`): how far a phase is, the time left, and as many as fit of: what speaks
 * against its learning, items and tokens a second, rewards by process, the shares of constant groups and malformed completions,
 * failures, items in flight and bytes held.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { openStatus } from 'kinograd/run'
 *
 * let text = ''
 * const status = openStatus({ write: more => void (text += more), tty: false, now: () => 0, every: 0 })
 * status.begin('SFT')
 * status.numbers('SFT', { loss: 0.4, failures: 2 })
 * status.progress('SFT', 1, 1)
 * status.end('SFT', 'loss 0.4')
 * assert.equal(text, 'begin SFT\n      SFT 1/1 0 s  loss 0.4  2 failed\ndone  SFT 0 s  loss 0.4\n')
 * ```
 */
export const openStatus = (options: StatusOptions): Status => {
  const { write, tty, columns = 80, now = Date.now, every = 30_000, env = process.env } = options
  const { line, show, close } = lines(write, scrubber(env).text, columns)
  const scopes = held()
  const phases = new Map<string, PhaseUnderWay>()
  let said = 0
  const under = (name: string): PhaseUnderWay => {
    const phase = phases.get(name) ?? phaseUnderWay(name, now)
    phases.set(name, phase)
    return phase
  }
  /** Changes what is known of a phase, and shows it where there is a terminal. */
  const change = (name: string, by: (phase: PhaseUnderWay) => void): void => {
    const phase = under(name)
    by(phase)
    const text = tty ? phase.text(columns - 2, scopes.now()) : ''
    if (text !== '') show(`… ${text}`)
  }
  return {
    announce: plan => {
      for (const text of announced(plan)) line(text)
    },
    begin: name => {
      phases.set(name, phaseUnderWay(name, now))
      said = now()
      if (tty) show(`… ${oneLine(name)}`)
      else line(`begin ${oneLine(name)}`)
    },
    progress: (name, done, total, note = '') => {
      change(name, phase => phase.progress(done, total, note))
      if (tty || now() - said < every) return
      said = now()
      line(`      ${under(name).text(Number.POSITIVE_INFINITY, scopes.now())}`)
    },
    numbers: (name, values) => change(name, phase => phase.numbers(values)),
    sign: (name, words) => change(name, phase => phase.sign(words)),
    watch: scopes.watch,
    end: (name, note = '') => {
      const text = `${oneLine(name)} ${duration(under(name).took())}${note === '' ? '' : `  ${oneLine(note)}`}`
      phases.delete(name)
      line(tty ? `✓ ${text}` : `done  ${text}`)
    },
    skip: phase => line(`${tty ? '✓' : 'kept '} ${oneLine(phase)} was finished before`),
    fail: (phase, fault) => line(`${tty ? '✗' : 'fail '} ${oneLine(`${phase}: ${fault.cause}. ${fault.remedy}`)}`),
    say: text => line(oneLine(text)),
    close,
  }
}
