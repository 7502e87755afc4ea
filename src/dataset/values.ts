import { either as E } from 'fp-ts'
import { none } from 'stream-chain/defs.js'
import { streamArray } from 'stream-json/streamers/stream-array.js'
import { codeOf, fault, messageOf } from '../flow/index.ts'
import { recordLimit, textOf } from './bytes.ts'
import type { DatasetFault } from './fault.ts'

/** A JSON value and the place it was read from: `part1.json.gz, element 3` or `log.jsonl, line 7`. */
export interface Placed {
  readonly where: string
  readonly value: unknown
}

type Values = AsyncGenerator<E.Either<DatasetFault, Placed>>

const unreadable = (path: string, error: unknown): DatasetFault => {
  return ['ENOENT', 'EACCES', 'EISDIR', 'EPERM', 'ENOTDIR'].includes(codeOf(error) ?? '')
    ? fault('NoFile', `${path} cannot be opened: ${messageOf(error)}`, 'Check the path and its permissions.')
    : fault('BadFile', `${path} breaks off: ${messageOf(error)}`, 'Fetch the file again; compare its size or checksum.')
}

const tooLong = (where: string): DatasetFault =>
  fault('BadJson', `${where} is longer than ${recordLimit} bytes`, 'Is it a JSON array or one JSON object a line?')

async function* lines(path: string, text: AsyncIterable<string>): Values {
  let rest: string[] = []
  let held = 0
  let number = 0
  const parse = function* (line: string) {
    number += 1
    if (line.trim() === '') return
    const where = `${path}, line ${number}`
    yield E.bimap(
      (error: unknown) =>
        fault('BadJson', `${where} is not JSON: ${messageOf(error)}`, 'Write one complete JSON object a line.'),
      (value: unknown): Placed => ({ where, value }),
    )(
      E.tryCatch(
        (): unknown => JSON.parse(line),
        error => error,
      ),
    )
  }
  for await (const chunk of text) {
    const [first = '', ...others] = chunk.split('\n')
    rest.push(first)
    held += first.length
    for (const piece of others) {
      yield* parse(rest.join(''))
      rest = [piece]
      held = piece.length
    }
    if (held > recordLimit) return yield E.left(tooLong(`${path}, line ${number + 1}`))
  }
  yield* parse(rest.join(''))
}

/** What `withParser` gives, whose own type hides that it is an async generator; `none` says that the text has ended. */
type Step = (piece: string | typeof none) => AsyncIterable<{ readonly key: number; readonly value: unknown }>

async function* elements(path: string, text: AsyncIterable<string>): Values {
  const step = streamArray.withParser() as unknown as Step
  let next = 0
  let held = 0
  const parse = async function* (piece: string | typeof none): AsyncGenerator<E.Either<DatasetFault, Placed>, boolean> {
    try {
      for await (const { key, value } of step(piece)) {
        next = key + 1
        held = 0
        yield E.right({ where: `${path}, element ${key}`, value })
      }
    } catch (error) {
      const cause = `${path}, element ${next} is not JSON: ${messageOf(error)}`
      yield E.left(fault('BadJson', cause, 'Nothing after this place can be read; fetch the file again.'))
      return false
    }
    return true
  }
  for await (const chunk of text) {
    held += chunk.length
    if (held > recordLimit) return yield E.left(tooLong(`${path}, element ${next}`))
    // The parser drops what it read of a piece that turns out bad, so a piece ends where an element may end.
    for (const piece of chunk.split(/(?<=\})/)) if (!(yield* parse(piece))) return
  }
  yield* parse(none)
}

/**
 * The JSON values of one file in its order: the elements of a JSON array or one value a line, gzip or not (told by the
 * content, not by the name). Holds one piece of text and the values parsed from it; a reader that stops early closes
 * the file. A bad line is one `Left` and reading goes on; a file that breaks off, or an array that is not JSON, is one
 * `Left` at the end of what could be read.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { mkdtemp } from 'node:fs/promises'
 * import { tmpdir } from 'node:os'
 * import { join } from 'node:path'
 * import { either as E } from 'fp-ts'
 * import { readValues, writeJsonl } from 'kinograd/dataset'
 *
 * const path = join(await mkdtemp(join(tmpdir(), 'values-')), 'two.jsonl')
 * assert.deepEqual(await writeJsonl(path, [{ a: 1 }, { a: 2 }])(), E.right(2))
 * const seen: unknown[] = []
 * for await (const placed of readValues(path)) seen.push(E.isRight(placed) ? placed.right.value : placed.left.cause)
 * assert.deepEqual(seen, [{ a: 1 }, { a: 2 }])
 * ```
 */
export async function* readValues(path: string): Values {
  const text = textOf(path)
  try {
    let head = ''
    for (let piece = await text.next(); !piece.done; piece = await text.next()) {
      head += piece.value
      if (head.trim() !== '') break
    }
    if (head.trim() === '') {
      return yield E.left(fault('BadJson', `${path} is empty`, 'Write a JSON array or one JSON object a line.'))
    }
    const whole = async function* () {
      yield head
      yield* text
    }
    yield* head.trimStart().startsWith('[') ? elements(path, whole()) : lines(path, whole())
  } catch (error) {
    yield E.left(unreadable(path, error))
  } finally {
    await text.return(undefined)
  }
}
