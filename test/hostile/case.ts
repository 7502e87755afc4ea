import { truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { either as E } from 'fp-ts'

/** What a hostile input became: the faults, and how many values were read in spite of it. */
export interface Outcome {
  readonly faults: readonly { readonly _tag: string; readonly cause: string; readonly remedy: string }[]
  readonly read?: number
}

/** One hostile input and what must become of it. */
export interface Hostile {
  readonly name: string
  /** The tag of its faults; nothing where it is harmless once it is read right. */
  readonly tag?: string
  /** How many values are read in spite of it, where that is to be said. */
  readonly read?: number
  /** Runs in a process of its own, in a folder that holds `checkpoint`, the folder of a whole tiny model. */
  readonly run: (folder: string) => Promise<Outcome>
}

export const brackets = '['.repeat(200_000)

/** Writes a file; gives its path. */
export const put = async (folder: string, name: string, content: string | Uint8Array): Promise<string> => {
  const path = join(folder, name)
  await writeFile(path, content)
  return path
}

/** A file that is mostly a hole: so many bytes that are no bytes on the disk, then an ending. */
export const hole = async (
  folder: string,
  name: string,
  bytes: number,
  ending: string | Uint8Array = '',
): Promise<string> => {
  const path = await put(folder, name, '')
  await truncate(path, bytes)
  await writeFile(path, ending, { flag: 'a' })
  return path
}

/** The outcome of one answer. */
export const outcomeOf = (answer: E.Either<Outcome['faults'][number], unknown>): Outcome =>
  E.isLeft(answer) ? { faults: [answer.left] } : { faults: [], read: 1 }

/** The outcome of a stream of answers. */
export const outcomeOfAll = async (
  answers: AsyncIterable<E.Either<Outcome['faults'][number], unknown>>,
): Promise<Outcome> => {
  const faults: Outcome['faults'][number][] = []
  let read = 0
  for await (const answer of answers)
    if (E.isRight(answer)) read += 1
    else if (faults.length < 1000) faults.push(answer.left)
  return { faults, read }
}
