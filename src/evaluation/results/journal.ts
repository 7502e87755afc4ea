import { open } from 'node:fs/promises'
import { either as E, function as F, taskEither as TE } from 'fp-ts'
import * as t from 'io-ts'
import { type Fault, fault, messageOf } from '../../flow/index.ts'
import { openGrowing, wholeLines } from '../../run/index.ts'
import { parseJson } from '../../untrusted/index.ts'
import { failedEntry } from './entry.ts'

const answeredLine = t.readonly(t.type({ at: t.number, result: t.UnknownRecord }))
const failedLine = t.readonly(
  t.intersection([t.type({ at: t.number, failed: failedEntry }), t.partial({ again: t.literal(true) })]),
)

/** What became of the record at a place: its result, or why it has none, and whether it is asked again when the evaluation goes on. */
export type JournalLine = t.TypeOf<typeof answeredLine> | t.TypeOf<typeof failedLine>

/** Where the last line of a record stands: bytes from, and how many. */
interface Place {
  readonly from: number
  readonly bytes: number
}

/** A journal of an evaluation: one line an item, in the order in which answers came. */
export interface Journal {
  /** Whether a record is done, so that it is not asked again. */
  readonly isDone: (at: number) => boolean
  /** How many are done. */
  readonly done: () => number
  readonly append: (line: JournalLine) => TE.TaskEither<Fault, void>
  readonly sync: TE.TaskEither<Fault, void>
  /** Lines in the order of the records, the last of each; one at a time. */
  readonly lines: () => AsyncGenerator<JournalLine, void>
  readonly close: () => Promise<void>
}

const decoded = (value: unknown): JournalLine | undefined => {
  const answered = answeredLine.decode(value)
  if (E.isRight(answered)) return answered.right
  const failed = failedLine.decode(value)
  return E.isRight(failed) ? failed.right : undefined
}

/** Questions to which an answer would come now: a failure that asked nobody, or that was nobody's fault. */
const isAgain = (line: JournalLine): boolean => 'failed' in line && line.again === true

const placesOf = async (path: string) => {
  const places: (Place | undefined)[] = []
  let length = 0
  for await (const { value, end } of wholeLines(path)) {
    const line = decoded(value)
    if (line === undefined) break
    places[line.at] = isAgain(line) ? undefined : { from: length, bytes: end - length }
    length = end
  }
  return { places, length }
}

async function* linesOf(path: string, places: readonly (Place | undefined)[]): AsyncGenerator<JournalLine, void> {
  const file = await open(path, 'r')
  try {
    for (const place of places) {
      if (place === undefined) continue
      const bytes = Buffer.alloc(place.bytes)
      await file.read(bytes, 0, place.bytes, place.from)
      const value = parseJson(bytes.toString('utf8'))
      const line = E.isRight(value) ? decoded(value.right) : undefined
      if (line !== undefined) yield line
    }
  } finally {
    await file.close()
  }
}

/**
 * Opens the journal of an evaluation, and goes on with what is there: a line that a killed process left half is cut off, failures that
 * are to be asked again are not done. Holds a place for each record, no answer. Left: faults of the disk.
 */
export const openJournal = (path: string): TE.TaskEither<Fault, Journal> =>
  F.pipe(
    TE.tryCatch(
      () => placesOf(path),
      (error): Fault =>
        fault('CannotRead', `${path} cannot be read: ${messageOf(error)}`, 'Check the file and its permissions.'),
    ),
    TE.flatMap(({ places, length }) =>
      F.pipe(
        openGrowing(path, length),
        TE.bimap(
          (wrong): Fault => wrong,
          (file): Journal => {
            let end = length
            return {
              isDone: at => places[at] !== undefined,
              done: () => places.filter(place => place !== undefined).length,
              append: line => {
                const text = `${JSON.stringify(line)}\n`
                return F.pipe(
                  file.append(text),
                  TE.bimap(
                    (wrong): Fault => wrong,
                    () => {
                      const bytes = Buffer.byteLength(text)
                      places[line.at] = { from: end, bytes }
                      end += bytes
                    },
                  ),
                )
              },
              sync: TE.mapLeft((wrong: Fault) => wrong)(file.sync),
              lines: () => linesOf(path, places),
              close: file.close,
            }
          },
        ),
      ),
    ),
  )
