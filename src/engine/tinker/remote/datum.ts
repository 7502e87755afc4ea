import type { JsonChunk } from '../wire/chunk.ts'
import type { Encoded } from './encode.ts'
import type { Capabilities } from './server.ts'

/** One sequence to train on or to score, and numbers of its completion's tokens. */
export interface Row {
  readonly prompt: Encoded
  readonly completion: Int32Array
  readonly inputs: Readonly<Record<string, ArrayLike<number>>>
}

/** The prompt's chunks with more text behind. */
const withText = (chunks: readonly JsonChunk[], ids: Int32Array): readonly JsonChunk[] => {
  const last = chunks.at(-1)
  if (ids.length === 0) return chunks
  return last?.type === 'encoded_text'
    ? [...chunks.slice(0, -1), { type: 'encoded_text', tokens: [...last.tokens, ...ids] }]
    : [...chunks, { type: 'encoded_text', tokens: [...ids] }]
}

/** The tokens that chunks stand for; 0 for pads. */
const tokensOf = (chunks: readonly JsonChunk[]): readonly number[] =>
  chunks.flatMap(chunk =>
    chunk.type === 'encoded_text' ? chunk.tokens : Array<number>(chunk.expected_tokens ?? 0).fill(0),
  )

/**
 * A datum of the protocol: the sequence without its last token, the same without its first as targets, and numbers that are 0 before the
 * completion.
 */
export const datumOf = ({ prompt, completion, inputs }: Row, { own }: Pick<Capabilities, 'own'>): object => {
  const before = prompt.tokens - 1
  const length = before + completion.length
  const row = (values: ArrayLike<number>) => ({
    data: [...Array<number>(before).fill(0), ...Array.from(values)],
    dtype: 'float32',
    shape: [length],
  })
  const targets = [...tokensOf(prompt.chunks).slice(1), ...completion]
  return {
    model_input: { chunks: withText(prompt.chunks, completion.subarray(0, -1)) },
    loss_fn_inputs: {
      target_tokens: { data: targets, dtype: 'int64', shape: [length] },
      ...Object.fromEntries(Object.entries(inputs).map(([name, values]) => [name, row(values)] as const)),
    },
    ...(own
      ? { prompt_tokens: prompt.tokens, ...(prompt.hash === undefined ? {} : { prompt_hash: prompt.hash }) }
      : {}),
  }
}

/** Bytes of a row as JSON, about. */
const bytesOfRow = ({ prompt, completion, inputs }: Row): number =>
  prompt.bytes + (prompt.tokens + completion.length) * (8 + 4 * Object.keys(inputs).length) + 16 * completion.length

/** Rows in requests of at most so many sequences and bytes; a row that is larger goes alone. */
export const chunked = (
  rows: readonly Row[],
  { sequences = 1024, bytes = 5_000_000 }: { readonly sequences?: number; readonly bytes?: number } = {},
): readonly (readonly Row[])[] => {
  const parts: Row[][] = []
  let size = 0
  for (const row of rows) {
    const own = bytesOfRow(row)
    const last = parts.at(-1)
    if (last === undefined || last.length >= sequences || size + own > bytes) {
      parts.push([row])
      size = own
    } else {
      last.push(row)
      size += own
    }
  }
  return parts
}
