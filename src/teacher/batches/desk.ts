import { either as E } from 'fp-ts'
import { teacherFault } from '../fault.ts'
import type { KeptAnswers } from '../kept.ts'
import type { TeacherFault } from '../types.ts'
import type { BatchApi } from './api.ts'
import type { JournalEntry } from './entry.ts'
import type { History } from './history.ts'
import type { Journal } from './journal.ts'
import type { BatchSettings } from './options.ts'
import type { Reading } from './outcome.ts'
import type { Wants } from './wants.ts'

/** What those share who send chunks, watch batches and wait for answers. */
export interface Desk {
  readonly name: string
  readonly api: BatchApi
  readonly reading: Reading
  readonly kept: KeptAnswers
  readonly history: History
  readonly wants: Wants
  readonly settings: BatchSettings
  /** When this process opened the journal, in milliseconds. */
  readonly openedAt: number
  /** Fires when it is closed. */
  readonly closing: AbortSignal
  /** Writes an entry and goes by it. A Left has halted the desk. */
  readonly write: (entry: JournalEntry) => Promise<E.Either<TeacherFault, void>>
  /** Why nothing more is sent, if so. */
  readonly halted: () => TeacherFault | undefined
  /** Sends nothing more; batches that are under way are still waited for. */
  readonly halt: (fault: TeacherFault) => void
  /** Sends nothing more and waits for nothing: all who wait are told. */
  readonly abandon: (fault: TeacherFault) => void
  /** Told when nothing more is to be sent. */
  readonly whenHalted: (listener: (fault: TeacherFault) => void) => void
  readonly tellAll: (keys: Iterable<string>, fault: TeacherFault) => void
}

/** A fault of one call as people see it. */
export const plainFault = ({ _tag, cause, remedy, usage }: TeacherFault): TeacherFault =>
  teacherFault(_tag, cause, remedy, usage)

/** A desk at which nobody waits yet. */
export const desk = (
  parts: Omit<Desk, 'write' | 'halted' | 'halt' | 'abandon' | 'whenHalted' | 'tellAll'>,
  journal: Journal,
): Desk => {
  const { history, wants } = parts
  const listeners: ((fault: TeacherFault) => void)[] = []
  let halted: TeacherFault | undefined
  const halt = (fault: TeacherFault): void => {
    if (halted !== undefined) return
    halted = fault
    for (const listener of listeners) listener(fault)
  }
  const tellAll = (keys: Iterable<string>, fault: TeacherFault): void => {
    for (const key of keys) wants.tell(key, E.left(fault))
  }
  return {
    ...parts,
    write: async entry => {
      const written = await journal.append(entry)()
      if (E.isRight(written)) history.apply(entry)
      else halt(written.left)
      return written
    },
    halted: () => halted,
    halt,
    abandon: fault => {
      halt(fault)
      tellAll(wants.keys(), fault)
    },
    whenHalted: listener => void listeners.push(listener),
    tellAll,
  }
}
