import { either as E, function as F } from 'fp-ts'
import * as t from 'io-ts'
import { fault } from '../../flow/index.ts'
import { parseJson } from '../../untrusted/index.ts'
import type { EngineFault } from '../engine.ts'
import { bytesOf } from './media-hash.ts'
import { checkHash, type PromptValue } from './prompt-value.ts'

const size = t.refinement(t.number, n => Number.isInteger(n) && n >= 0 && n <= 2 ** 31, 'a size')
const head = t.type({
  format: t.literal('kinograd prompt 1'),
  hash: t.string,
  tokens: size,
  media: t.array(
    t.type({
      kind: t.keyof({ image: null, video: null }),
      grid: t.tuple([size, size, size]),
      secondsPerGrid: t.number,
      numbers: size,
    }),
  ),
})
type Head = t.TypeOf<typeof head>

const headOf = ({ ids, media, hash }: PromptValue): Head => ({
  format: 'kinograd prompt 1',
  hash,
  tokens: ids.length,
  media: media.map(({ kind, grid: [time, height, width], secondsPerGrid, values }) => ({
    ...{ kind, secondsPerGrid },
    grid: [time, height, width],
    numbers: values.length,
  })),
})

const bad = (cause: string): EngineFault =>
  fault('BadPrompt', `not a prompt: ${cause}`, 'Give what promptToBytes or promptToJson wrote, whole.')

/**
 * Header and numbers: length of the header (4 bytes), the header as JSON, then ids, positions and patches, 4 bytes a number.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import { promptToBytes, promptValue } from 'kinograd/engine'
 *
 * const seal = promptValue({ tokens: { image: 62, video: 63 }, vision: { mergeSize: 2, tokensPerSecond: 2 }, layout: 'qwen' })
 * const sealed = seal({ ids: Int32Array.of(5, 6, 7), media: [] })
 * assert(E.isRight(sealed))
 * // Three ids, and three positions of each, behind the header.
 * assert(promptToBytes(sealed.right).length > 4 * (3 + 9))
 * ```
 */
export const promptToBytes = (prompt: PromptValue): Uint8Array => {
  const text = Buffer.from(JSON.stringify(headOf(prompt)))
  const length = Buffer.alloc(4)
  length.writeUInt32LE(text.length)
  const numbers = [prompt.ids, prompt.positions, ...prompt.media.map(({ values }) => values)].map(bytesOf)
  return new Uint8Array(Buffer.concat([length, text, ...numbers]))
}

/** Cuts numbers off the front of some bytes, one array after the other. */
const cutter = (bytes: Uint8Array) => {
  let at = 0
  return (count: number): ArrayBuffer => {
    const part = bytes.slice(at, at + 4 * count)
    at += 4 * count
    return part.buffer
  }
}

/**
 * The prompt of bytes, its hash checked. `Left('BadPrompt')`: cut, damaged, or something else. Copies the numbers.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import { promptFromBytes, promptToBytes, promptValue } from 'kinograd/engine'
 *
 * const seal = promptValue({ tokens: { image: 62, video: 63 }, vision: { mergeSize: 2, tokensPerSecond: 2 }, layout: 'qwen' })
 * const sealed = seal({ ids: Int32Array.of(5, 6, 7), media: [] })
 * assert(E.isRight(sealed))
 * const bytes = promptToBytes(sealed.right)
 * assert.deepEqual(promptFromBytes(bytes), sealed)
 * assert(E.isLeft(promptFromBytes(bytes.subarray(1))))
 * ```
 */
export const promptFromBytes = (bytes: Uint8Array): E.Either<EngineFault, PromptValue> => {
  const length = bytes.length < 4 ? 0 : Buffer.from(bytes.buffer, bytes.byteOffset, 4).readUInt32LE()
  const text = Buffer.from(bytes.subarray(4, 4 + length)).toString('utf8')
  return F.pipe(
    parseJson(text),
    E.flatMap(value => E.mapLeft(() => 'its header holds other things')(head.decode(value))),
    E.mapLeft(bad),
    E.flatMap(({ hash, tokens, media }) => {
      const needed = 4 + length + 4 * (4 * tokens + media.reduce((sum, { numbers }) => sum + numbers, 0))
      if (needed !== bytes.length) return E.left(bad(`it has ${bytes.length} bytes, its header says ${needed}`))
      const cut = cutter(bytes.subarray(4 + length))
      const ids = new Int32Array(cut(tokens))
      const positions = new Int32Array(cut(3 * tokens))
      return checkHash({
        ...{ ids, positions, hash },
        media: media.map(({ numbers, ...medium }) => ({ ...medium, values: new Float32Array(cut(numbers)) })),
      })
    }),
  )
}

const json = t.type({ prompt: t.string })

/**
 * A prompt as a JSON value: its bytes in base 64, a third larger.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import { promptToJson, promptValue } from 'kinograd/engine'
 *
 * const seal = promptValue({ tokens: { image: 62, video: 63 }, vision: { mergeSize: 2, tokensPerSecond: 2 }, layout: 'qwen' })
 * const sealed = seal({ ids: Int32Array.of(5, 6, 7), media: [] })
 * assert(E.isRight(sealed))
 * assert.equal(typeof promptToJson(sealed.right).prompt, 'string')
 * ```
 */
export const promptToJson = (prompt: PromptValue): { readonly prompt: string } => ({
  prompt: Buffer.from(promptToBytes(prompt)).toString('base64'),
})

/**
 * The prompt of what `promptToJson` made. `Left` as `promptFromBytes`.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import { promptFromJson, promptToJson, promptValue } from 'kinograd/engine'
 *
 * const seal = promptValue({ tokens: { image: 62, video: 63 }, vision: { mergeSize: 2, tokensPerSecond: 2 }, layout: 'qwen' })
 * const sealed = seal({ ids: Int32Array.of(5, 6, 7), media: [] })
 * assert(E.isRight(sealed))
 * const text = JSON.stringify(promptToJson(sealed.right))
 * assert.deepEqual(promptFromJson(JSON.parse(text)), sealed)
 * ```
 */
export const promptFromJson = (value: unknown): E.Either<EngineFault, PromptValue> =>
  F.pipe(
    json.decode(value),
    E.mapLeft(() => bad('the value has no text named "prompt"')),
    E.flatMap(({ prompt }) => promptFromBytes(new Uint8Array(Buffer.from(prompt, 'base64')))),
  )
