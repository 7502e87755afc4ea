import { Buffer } from 'node:buffer'
import { either as E } from 'fp-ts'
import type { EngineFault, Prompt } from '../../engine.ts'
import { mediaHash } from '../../text/media-hash.ts'
import { promptValue } from '../../text/prompt-value.ts'
import type { JsonChunk } from '../wire/chunk.ts'
import { runsOfPads } from './pads.ts'
import { pictureFile } from './picture-file.ts'
import type { Capabilities } from './server.ts'

/** A prompt as a server takes it. */
export interface Encoded {
  readonly chunks: readonly JsonChunk[]
  readonly tokens: number
  /** Where the server says what its positions follow from. */
  readonly hash: string | undefined
  /** Bytes as JSON, about. */
  readonly bytes: number
}

const textChunk = (ids: Int32Array): readonly JsonChunk[] =>
  ids.length === 0 ? [] : [{ type: 'encoded_text', tokens: [...ids] }]

/** Pads become chunks again: patches by their hash, or a picture's file. */
const chunksOf = async (
  prompt: Prompt,
  { media: takes, pads }: Pick<Capabilities, 'media' | 'pads'>,
): Promise<E.Either<EngineFault, readonly JsonChunk[]>> => {
  const { ids } = prompt
  const runs = runsOfPads(prompt, pads)
  if (E.isLeft(runs)) return runs
  const chunks: JsonChunk[] = []
  let from = 0
  for (const { start, end, medium } of runs.right) {
    chunks.push(...textChunk(ids.subarray(from, start)))
    from = end
    if (takes === 'patches') {
      chunks.push({ type: 'video', sha256: mediaHash(medium), expected_tokens: end - start })
      continue
    }
    const file = await pictureFile(medium)
    if (E.isLeft(file)) return file
    const data = Buffer.from(file.right).toString('base64')
    chunks.push({ type: 'image', data, format: 'png', expected_tokens: end - start })
  }
  return E.right([...chunks, ...textChunk(ids.subarray(from))])
}

const known = new WeakMap<Prompt, Map<Capabilities, Promise<E.Either<EngineFault, Encoded>>>>()

const encoded = async (prompt: Prompt, capabilities: Capabilities): Promise<E.Either<EngineFault, Encoded>> => {
  const chunks = await chunksOf(prompt, capabilities)
  if (E.isLeft(chunks)) return chunks
  const sealed = capabilities.prompts === undefined ? undefined : promptValue(capabilities.prompts)(prompt)
  if (sealed !== undefined && E.isLeft(sealed)) return sealed
  const bytes = chunks.right.reduce(
    (n, chunk) =>
      n + (chunk.type === 'image' ? chunk.data.length : chunk.type === 'video' ? 150 : 7 * chunk.tokens.length),
    0,
  )
  return E.right({ chunks: chunks.right, tokens: prompt.ids.length, hash: sealed?.right.hash, bytes })
}

/** A prompt as a server takes it; made once for each prompt and server. Left: `BadPrompt`, `CannotDo`. */
export const encodePrompt = (prompt: Prompt, capabilities: Capabilities): Promise<E.Either<EngineFault, Encoded>> => {
  const before = known.get(prompt) ?? new Map()
  known.set(prompt, before)
  const made = before.get(capabilities) ?? encoded(prompt, capabilities)
  before.set(capabilities, made)
  return made
}
