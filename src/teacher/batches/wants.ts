import { either as E, type taskEither as TE } from 'fp-ts'
import { unbilled } from '../spent.ts'
import type { Question, TeacherFault, Usage } from '../types.ts'

/** Makes a question when it is needed, and again for another round: nobody holds its frames in between. */
export type Make = (signal: AbortSignal) => TE.TaskEither<TeacherFault, Question>

/** What became of a question: what it was billed, its answer being kept on disk, or why it has none. */
export type Told = E.Either<TeacherFault, Usage>

/** A question that somebody waits for. */
export interface Want {
  readonly key: string
  readonly make: Make
  /** How often it was sent and came back without an answer. */
  rounds: number
}

/** Questions that are waited for, by key: equal ones are one, and all who asked are told. */
export interface Wants {
  readonly get: (key: string) => Want | undefined
  readonly has: (key: string) => boolean
  readonly size: () => number
  readonly keys: () => readonly string[]
  /** Waits for a question; `isFirst` where nobody did. Leaving says whether nobody waits any more. */
  readonly join: (
    key: string,
    make: Make,
    tell: (told: Told) => void,
  ) => { readonly isFirst: boolean; readonly leave: () => boolean }
  /** Tells all who wait, the first one what it cost. */
  readonly tell: (key: string, told: Told) => void
}

const withoutUsage = ({ usage: _, ...fault }: TeacherFault): TeacherFault => fault

/** Nobody waits for anything. Holds a want a question. */
export const wants = (): Wants => {
  const waiting = new Map<string, { readonly want: Want; readonly listeners: ((told: Told) => void)[] }>()
  return {
    get: key => waiting.get(key)?.want,
    has: key => waiting.has(key),
    size: () => waiting.size,
    keys: () => [...waiting.keys()],
    join: (key, make, tell) => {
      const known = waiting.get(key)
      const entry = known ?? { want: { key, make, rounds: 0 }, listeners: [] }
      if (known === undefined) waiting.set(key, entry)
      entry.listeners.push(tell)
      return {
        isFirst: known === undefined,
        leave: () => {
          const at = entry.listeners.indexOf(tell)
          if (at >= 0) entry.listeners.splice(at, 1)
          if (entry.listeners.length > 0 || waiting.get(key) !== entry) return false
          waiting.delete(key)
          return true
        },
      }
    },
    tell: (key, told) => {
      const entry = waiting.get(key)
      waiting.delete(key)
      const later = E.bimap(withoutUsage, () => unbilled)(told)
      entry?.listeners.forEach((listener, nth) => {
        listener(nth === 0 ? told : later)
      })
    },
  }
}
