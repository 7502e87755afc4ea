import { isUtf8 } from 'node:buffer'
import { either as E } from 'fp-ts'
import { parseJson } from '../untrusted/index.ts'

/** What bytes are that are no JSON: no text at all, or one that breaks its rules. */
export interface NoJson {
  readonly tag: 'BadFile' | 'BadJson'
  /** To be read behind the place: "is not UTF-8", "is not JSON: …". */
  readonly why: string
}

const noText: NoJson = { tag: 'BadFile', why: 'is not UTF-8' }

/** The value of the bytes of a JSON text, of all or from one place to another. Bytes that are no UTF-8 are seen by what stands for them in the text, as most texts have none of it. */
export const valueOfBytes = (bytes: Buffer, from = 0, to = bytes.length): E.Either<NoJson, unknown> => {
  const text = bytes.toString('utf8', from, to)
  if (text.includes('\uFFFD') && !isUtf8(bytes.subarray(from, to))) return E.left(noText)
  const value = parseJson(text)
  return E.isRight(value) ? value : E.left({ tag: 'BadJson', why: value.left })
}
