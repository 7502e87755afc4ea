import { type FileHandle, mkdir, open } from 'node:fs/promises'
import { join } from 'node:path'
import { either as E, type taskEither as TE } from 'fp-ts'
import { takeFileLock } from '../../dataset/index.ts'
import { teacherFault } from '../fault.ts'
import { fileFault } from '../kept.ts'
import type { TeacherFault } from '../types.ts'
import { entryOf, type JournalEntry, lineOf } from './entry.ts'

/** A file that only grows, of what was sent to a server and came back; one process at a time has it. */
export interface Journal {
  /** Adds an entry whole, on the disk when it resolves, or leaves the file as it was. Left: `NoSpace`, `BadJournal`. */
  readonly append: (entry: JournalEntry) => TE.TaskEither<TeacherFault, void>
  readonly close: () => Promise<void>
}

/** Whose journal it is. */
export interface Owner {
  readonly teacher: string
  readonly address: string
}

const bad = (path: string, why: string, remedy: string): E.Either<TeacherFault, never> =>
  E.left(teacherFault('BadJournal', `${path} ${why}`, remedy))

/** The entries of a journal, and where they end: a last line that was cut is none. Left: `BadJournal` for any other. */
const readEntries = (path: string, bytes: Buffer): E.Either<TeacherFault, { entries: JournalEntry[]; end: number }> => {
  const entries: JournalEntry[] = []
  let end = 0
  for (let line = 1; end < bytes.length; line++) {
    const at = bytes.indexOf(0x0a, end)
    const entry = entryOf(bytes.toString('utf8', end, at < 0 ? bytes.length : at))
    const isLast = at < 0 || at === bytes.length - 1
    if (E.isLeft(entry) || at < 0) {
      if (isLast) break
      const why = `line ${line} ${E.isLeft(entry) ? entry.left : ''}`
      return bad(path, `was altered: ${why}`, 'Restore it; without it, what was sent may be paid for again.')
    }
    entries.push(entry.right)
    end = at + 1
  }
  return E.right({ entries, end })
}

const checkOwner = (path: string, first: JournalEntry | undefined, owner: Owner): E.Either<TeacherFault, void> => {
  if (first === undefined) return E.right(undefined)
  const other = 'Use another folder for this teacher.'
  if (first.kind !== 'journal') return bad(path, 'does not begin as a journal of batches does', other)
  return first.teacher === owner.teacher && first.address === owner.address
    ? E.right(undefined)
    : bad(path, `is of ${first.teacher} at ${first.address}, not of ${owner.teacher} at ${owner.address}`, other)
}

/** Appends to an open file, one entry after the other; what was written of a line that failed is cut away. */
const appending = (path: string, file: FileHandle, from: number): Journal['append'] => {
  let size = from
  let turn: Promise<unknown> = Promise.resolve()
  const add = async (line: Buffer): Promise<E.Either<TeacherFault, void>> => {
    try {
      const { bytesWritten } = await file.write(line, 0, line.length, size)
      if (bytesWritten < line.length) throw Object.assign(new Error('a short write'), { code: 'ENOSPC' })
      await file.sync()
      size += line.length
      return E.right(undefined)
    } catch (error) {
      await file.truncate(size).catch(() => undefined)
      return E.left(fileFault(path, 'BadJournal')(error))
    }
  }
  return entry => () => {
    const added = turn.then(() => add(Buffer.from(lineOf(entry))))
    turn = added
    return added
  }
}

/**
 * Opens the journal `batches.jsonl` of a folder, which need not be there yet, and reads what stands in it. Left:
 * `Locked`, `BadJournal` for one that was altered or is another teacher's, `NoSpace`.
 */
export const openJournal =
  (
    directory: string,
    owner: Owner,
  ): TE.TaskEither<TeacherFault, { readonly journal: Journal; readonly entries: readonly JournalEntry[] }> =>
  async () => {
    const path = join(directory, 'batches.jsonl')
    const lock = join(directory, 'lock')
    const refused = (error: unknown) => E.left(fileFault(path, 'BadJournal')(error))
    try {
      await mkdir(directory, { recursive: true })
      const taken = await takeFileLock(lock)
      if (E.isLeft(taken)) {
        const remedy = `Wait for it to end; if it has ended, remove ${lock}.`
        return E.left(teacherFault('Locked', `${directory} is in use by ${taken.left}`, remedy))
      }
      const file = await open(path, 'a+').then(made => made.close().then(() => open(path, 'r+')))
      const close = async () => {
        await file.close()
        await taken.right()
      }
      const giveUp = async <A>(left: E.Either<TeacherFault, A>) => {
        await close()
        return left
      }
      try {
        const read = readEntries(path, await file.readFile())
        if (E.isLeft(read)) return giveUp(read)
        const { entries, end } = read.right
        const owned = checkOwner(path, entries[0], owner)
        if (E.isLeft(owned)) return giveUp(owned)
        await file.truncate(end)
        const append = appending(path, file, end)
        if (entries.length === 0) {
          const begun = await append({ kind: 'journal', version: 1, ...owner })()
          if (E.isLeft(begun)) return giveUp(begun)
        }
        return E.right({ journal: { append, close }, entries })
      } catch (error) {
        return giveUp(refused(error))
      }
    } catch (error) {
      return refused(error)
    }
  }
