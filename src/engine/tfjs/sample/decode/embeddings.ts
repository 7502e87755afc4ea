import type { Model } from '../../model/forward.ts'
import { embeddingName } from '../../model/forward.ts'
import { weight } from '../../model/parameters.ts'
import { type PackedType, packingOf, wordsOf } from '../../tensors/packed.ts'
import { unpack } from '../../tensors/unpack.ts'
import { floatsOf } from './decoding.ts'
import type { Stored } from './kernel-weights.ts'
import type { Part } from './layout.ts'

/** The embedding of a token. [hidden] Gathered by a tensor operation instead, they take a millisecond a token. */
export type EmbeddingOf = (token: number) => Float32Array

const inFloats =
  (table: Float32Array, hidden: number): EmbeddingOf =>
  token =>
    table.subarray(token * hidden, (token + 1) * hidden)

const inWords = (table: Int32Array, type: PackedType, hidden: number): EmbeddingOf => {
  const stride = wordsOf(type, hidden)
  // A row's own copy begins where its factor can be read.
  return token => unpack(table.slice(token * stride, (token + 1) * stride), type, [1, hidden])
}

/** A model's embeddings: in the kernel's memory where they are its head or packed, else read out of their tensor once. */
export const embeddingsOf = (
  { config: { text }, parameters }: Model,
  stored: Stored,
  memory: ArrayBufferLike,
  { at: { head }, embeddings }: Part,
): EmbeddingOf => {
  const { hiddenSize, vocabSize, tied } = text
  const place = tied ? head : embeddings
  if (stored !== 'F32')
    return inWords(new Int32Array(memory, place, vocabSize * wordsOf(stored, hiddenSize)), stored, hiddenSize)
  if (tied) return inFloats(new Float32Array(memory, place, vocabSize * hiddenSize), hiddenSize)
  const table = weight(parameters, embeddingName)
  const type = packingOf(table)?.type
  return type === undefined
    ? inFloats(floatsOf(table), hiddenSize)
    : inWords(table.dataSync<'int32'>(), type, hiddenSize)
}
