import { either as E } from 'fp-ts'
import * as t from 'io-ts'

/** A whole number. */
export const whole = t.refinement(t.number, Number.isSafeInteger, 'a whole number')
/** A whole number from 0 that fits 32 bits. */
export const natural = t.refinement(t.number, n => Number.isInteger(n) && n >= 0 && n < 2 ** 31, 'a natural number')

const text = t.type({ type: t.literal('encoded_text'), tokens: t.array(natural) })
const picture = t.intersection([
  t.type({ type: t.literal('image'), data: t.string, format: t.keyof({ png: null, jpeg: null }) }),
  t.partial({ expected_tokens: t.union([natural, t.null]) }),
])
/**
 * An addition of this project: a medium as patches, which were sent before (`kinograd/media`) and are named by their hash. What the
 * policy sees is what the client made, number by number.
 */
const clip = t.type({ type: t.literal('video'), sha256: t.string, expected_tokens: natural })

/** A piece of a prompt as JSON has it. */
const chunkCodec = t.union([text, picture, clip])
export type JsonChunk = t.TypeOf<typeof chunkCodec>

/** A piece of a prompt, bytes of pictures as bytes. */
export type Chunk =
  | { readonly type: 'encoded_text'; readonly tokens: readonly number[] }
  | { readonly type: 'image'; readonly data: Uint8Array; readonly expectedTokens?: number | undefined }
  | { readonly type: 'video'; readonly sha256: string; readonly expectedTokens: number }

export const chunkOf = (chunk: JsonChunk): Chunk => {
  switch (chunk.type) {
    case 'encoded_text':
      return chunk
    case 'image':
      return {
        type: 'image',
        data: new Uint8Array(Buffer.from(chunk.data, 'base64')),
        expectedTokens: chunk.expected_tokens ?? undefined,
      }
    case 'video':
      return { type: 'video', sha256: chunk.sha256, expectedTokens: chunk.expected_tokens }
  }
}

/** The chunks of a prompt. */
export const modelInput = t.type({ chunks: t.array(chunkCodec) })

/** What a value is instead of what a codec expects, in few words: the first place that does not fit. */
const mismatch = (errors: t.Errors): string => {
  const [first] = errors
  const path = first?.context
    .map(({ key }) => key)
    .filter(key => key !== '')
    .join('.')
  return `${path === undefined || path === '' ? 'the body' : path} is not what it should be`
}

/** Decodes a value; Left says in few words what does not fit. */
export const decodeWith =
  <A>(codec: t.Decoder<unknown, A>) =>
  (value: unknown): E.Either<string, A> =>
    E.mapLeft(mismatch)(codec.decode(value))
