import type { Fault } from '../flow/index.ts'
import { scrubber, visible } from '../untrusted/index.ts'

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

/**
 * One line in which nothing is obeyed by a terminal: what is printed may come from a data set or a model. Breaks of lines and
 * tabs become a space, all other control characters, marks of direction included, are written as escapes (`\u001b`).
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { oneLine } from 'kinograd/run'
 *
 * assert.equal(oneLine('two\nlines'), 'two lines')
 * assert.equal(oneLine('\u001b[31mred'), '\\u001b[31mred')
 * ```
 */
export const oneLine = (text: string): string => visible(text.replace(/[\t\n\v\f\r\u0085\u2028\u2029]+/g, ' '))

/**
 * How long something took, for people: `52 s`, `3 min 05 s`, `1 h 02 min`.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { duration } from 'kinograd/run'
 *
 * assert.equal(duration(185_000), '3 min 05 s')
 * ```
 */
export const duration = (milliseconds: number): string => {
  const seconds = Math.round(milliseconds / 1000)
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes} min ${String(seconds % 60).padStart(2, '0')} s`
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`
}

/**
 * Opens the status display. Time and output are given, so it can be tested without a terminal.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { openStatus } from 'kinograd/run'
 *
 * let text = ''
 * const status = openStatus({ write: more => void (text += more), tty: false, now: () => 0 })
 * status.begin('SFT')
 * status.end('SFT', 'loss 0.4')
 * assert.equal(text, 'begin SFT\ndone  SFT 0 s  loss 0.4\n')
 * ```
 */
export const openStatus = (options: StatusOptions): Status => {
  const { write, tty, columns = 80, now = Date.now, every = 30_000, env = process.env } = options
  const hide = scrubber(env).text
  const started = new Map<string, number>()
  let live = ''
  let said = 0
  const line = (text: string) => {
    write(`${live === '' ? '' : '\r\u001b[2K'}${hide(text)}\n`)
    live = ''
  }
  const show = (given: string) => {
    const text = hide(given)
    const fitted = text.length < columns ? text : `${text.slice(0, Math.max(columns - 2, 1))}…`
    if (fitted !== live) write(`\r\u001b[2K${fitted}`)
    live = fitted
  }
  const since = (phase: string) => now() - (started.get(phase) ?? now())
  return {
    announce: plan => {
      line(oneLine(plan.title))
      for (const note of plan.notes) line(`  ${oneLine(note)}`)
      const width = Math.max(...plan.phases.map(({ name }) => name.length), 0)
      for (const { name, does, minutes } of plan.phases) {
        const time = minutes === undefined ? '' : minutes < 1 ? '< 1 min' : `~ ${Math.round(minutes)} min`
        line(`  ${oneLine(name).padEnd(width)}  ${time.padStart(8)}  ${oneLine(does)}`)
      }
      const known = plan.phases.flatMap(({ minutes }) => minutes ?? [])
      if (known.length < plan.phases.length) return
      const total = known.reduce((sum, minutes) => sum + minutes, 0)
      line(`  ${'all'.padEnd(width)}  ${`~ ${Math.max(1, Math.round(total))} min`.padStart(8)}`)
    },
    begin: phase => {
      started.set(phase, now())
      said = now()
      if (tty) show(`… ${oneLine(phase)}`)
      else line(`begin ${oneLine(phase)}`)
    },
    progress: (phase, done, total, note = '') => {
      const took = since(phase)
      const left = done > 0 && done < total ? `, ${duration((took / done) * (total - done))} left` : ''
      const text = `${oneLine(phase)} ${done}/${total} ${duration(took)}${left}${note === '' ? '' : `  ${oneLine(note)}`}`
      if (tty) show(`… ${text}`)
      else if (now() - said >= every) {
        said = now()
        line(`      ${text}`)
      }
    },
    end: (phase, note = '') => {
      const text = `${oneLine(phase)} ${duration(since(phase))}${note === '' ? '' : `  ${oneLine(note)}`}`
      line(tty ? `✓ ${text}` : `done  ${text}`)
    },
    skip: phase => line(`${tty ? '✓' : 'kept '} ${oneLine(phase)} was finished before`),
    fail: (phase, fault) => line(`${tty ? '✗' : 'fail '} ${oneLine(`${phase}: ${fault.cause}. ${fault.remedy}`)}`),
    say: text => line(oneLine(text)),
    close: () => {
      if (live !== '') write('\n')
      live = ''
    },
  }
}
