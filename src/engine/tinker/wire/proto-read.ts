import { either as E } from 'fp-ts'
import { messageOf } from '../../../flow/index.ts'
import type { Chunk } from './chunk.ts'
import type { Datum, TrainingRequest } from './datum.ts'
import { entry, int32s, numbersOf, read } from './proto-fields.ts'

const tensor = (bytes: Uint8Array): readonly number[] => {
  const { dense, kind } = read<{ readonly dense: Uint8Array | undefined; readonly kind: number }>(
    bytes,
    { dense: undefined, kind: 0 },
    { 1: (r, m) => ({ ...m, dense: r.bytes() }), 3: (r, m) => ({ ...m, kind: r.int32() }) },
  )
  if (dense === undefined) throw new Error(`a tensor of kind ${kind} that is not dense is not taken`)
  return numbersOf(dense, kind)
}

const chunk = (bytes: Uint8Array): Chunk => {
  const found = read<Chunk | undefined>(bytes, undefined, {
    1: r => ({
      type: 'encoded_text',
      tokens: read<readonly number[]>(r.bytes(), [], { 1: inner => int32s(inner.bytes()) }),
    }),
    2: r =>
      read<Extract<Chunk, { type: 'image' }>>(
        r.bytes(),
        { type: 'image', data: new Uint8Array() },
        {
          1: (inner, m) => ({ ...m, data: inner.bytes() }),
          3: (inner, m) => ({ ...m, expectedTokens: inner.int32() }),
        },
      ),
  })
  if (found === undefined) throw new Error('a chunk is neither text nor a picture')
  return found
}

const datum = (bytes: Uint8Array): Datum =>
  read<Datum>(
    bytes,
    { chunks: [], inputs: {} },
    {
      1: (r, m) => ({ ...m, chunks: [...m.chunks, chunk(r.bytes())] }),
      2: (r, m) => {
        const [name, values] = entry<readonly number[]>(r.bytes(), [], inner => tensor(inner.bytes()))
        return { ...m, inputs: { ...m.inputs, [name]: values } }
      },
    },
  )

const setting = (bytes: Uint8Array): number | string =>
  read<number | string>(bytes, 0, { 1: r => r.double(), 2: r => r.string() })

/**
 * A `ForwardBackwardRequest` of the public protocol (tinker_public.proto, SDK 0.38), as newer official clients send it. Left says what
 * cannot be read. Copies tokens and numbers; pictures stay views of the bytes.
 */
export const trainingRequestFromProto = (bytes: Uint8Array): E.Either<string, TrainingRequest> =>
  E.tryCatch(
    () =>
      read<TrainingRequest>(
        bytes,
        { modelId: '', seqId: 0, data: [], loss: '', config: {}, backward: true },
        {
          1: (r, m) => ({ ...m, modelId: r.string() }),
          2: (r, m) => ({ ...m, seqId: r.int32() }),
          3: (r, m) => ({ ...m, data: [...m.data, datum(r.bytes())] }),
          4: (r, m) => ({ ...m, loss: r.string() }),
          5: (r, m) => {
            const [name, value] = entry(r.bytes(), 0, inner => inner.double())
            return { ...m, config: { ...m.config, [name]: value } }
          },
          6: (r, m) => ({ ...m, backward: !r.bool() }),
          7: (r, m) => {
            const [name, value] = entry<number | string>(r.bytes(), 0, inner => setting(inner.bytes()))
            return { ...m, config: { ...m.config, [name]: value } }
          },
        },
      ),
    error => `is no ForwardBackwardRequest: ${messageOf(error)}`,
  )
