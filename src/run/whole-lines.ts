import { createReadStream } from 'node:fs'
import { either as E } from 'fp-ts'
import { codeOf } from '../flow/index.ts'
import { parseJson } from '../untrusted/index.ts'

/** A whole line of a file of JSON lines, and where it ends. */
export interface WholeLine {
  /** Undefined for a line that is no JSON. */
  readonly value: unknown
  /** Bytes of the file up to and with its line end. */
  readonly end: number
}

const lineOf = (bytes: Buffer, end: number): WholeLine => {
  const value = parseJson(bytes.toString('utf8'))
  return { value: E.isRight(value) ? value.right : undefined, end }
}

/**
 * The whole lines of a file of JSON lines; a last one without a line end is left out, and a file that is not there has none. For what a
 * killed process left. Holds one line. Throws what the file system says beyond that.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { mkdtemp, writeFile } from 'node:fs/promises'
 * import { tmpdir } from 'node:os'
 * import { join } from 'node:path'
 * import { wholeLines } from 'kinograd/run'
 *
 * const path = join(await mkdtemp(join(tmpdir(), 'lines-')), 'lines.jsonl')
 * await writeFile(path, '[1]\n[2]\n[3')
 * const seen: unknown[] = []
 * for await (const { value } of wholeLines(path)) seen.push(value)
 * assert.deepEqual(seen, [[1], [2]])
 * ```
 */
export async function* wholeLines(path: string): AsyncGenerator<WholeLine, undefined> {
  let [rest, end]: [Buffer<ArrayBufferLike>[], number] = [[], 0]
  try {
    for await (const piece of createReadStream(path)) {
      if (!Buffer.isBuffer(piece)) continue
      let from = 0
      for (let at = piece.indexOf(0x0a); at >= 0; at = piece.indexOf(0x0a, from)) {
        const bytes = Buffer.concat([...rest, piece.subarray(from, at)])
        rest = []
        end += bytes.length + 1
        from = at + 1
        yield lineOf(bytes, end)
      }
      if (from < piece.length) rest.push(piece.subarray(from))
    }
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error
  }
  return undefined
}
