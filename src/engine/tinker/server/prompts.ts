import { either as E, function as F, taskEither as TE } from 'fp-ts'
import type { Patches } from '../../../media/index.ts'
import type { Prompt } from '../../engine.ts'
import { promptValue } from '../../text/prompt-value.ts'
import type { Chunk } from '../wire/chunk.ts'
import type { MediaStore } from './media-store.ts'
import { type Refusal, refuse } from './refusal.ts'
import type { ServedPolicy } from './served.ts'

/** What prompts are read with. */
export interface PromptReader {
  readonly policy: Pick<ServedPolicy, 'model' | 'picture'>
  readonly media: MediaStore
}

/** How a client learns that it must send a medium again. */
const unknownMedium = 'unknown medium'

const mediumOf = ({ policy, media }: PromptReader, chunk: Exclude<Chunk, { type: 'encoded_text' }>) =>
  chunk.type === 'video'
    ? TE.fromEither(
        E.fromNullable<Refusal>({ status: 404, detail: `${unknownMedium} ${chunk.sha256.slice(0, 64)}` })(
          media.get(chunk.sha256),
        ),
      )
    : F.pipe(
        policy.picture(chunk.data),
        TE.mapLeft((why): Refusal => ({ status: 400, detail: `a picture cannot be read: ${why.cause}` })),
      )

/** Tokens of a medium: as many as its merged units, and as many as the client expects. */
const padsOf = (
  { policy: { model } }: PromptReader,
  { kind, grid: [t, h, w] }: Patches,
  expected: number | undefined,
): E.Either<Refusal, readonly number[]> => {
  const units = (t * h * w) / model.vision.mergeSize ** 2
  return expected !== undefined && expected !== units
    ? refuse(400, `a medium makes ${units} tokens, the client expects ${expected}`)
    : E.right(Array<number>(units).fill(model.tokens[kind]))
}

interface Piece {
  readonly ids: readonly number[]
  readonly media: readonly Patches[]
}

/** What some chunks stand for. */
export interface ReadChunks extends Prompt {
  /** Where the last medium ends, tokens; 0 where there is none. */
  readonly mediaEnd: number
}

const joined = (pieces: readonly Piece[]): ReadChunks => {
  let mediaEnd = 0
  let tokens = 0
  for (const { ids, media } of pieces) {
    tokens += ids.length
    if (media.length > 0) mediaEnd = tokens
  }
  return {
    ids: Int32Array.from(pieces.flatMap(({ ids }) => ids)),
    media: pieces.flatMap(({ media }) => media),
    mediaEnd,
  }
}

/** Tokens and media of some chunks: text as it stands, each picture or clip as its patches and their pads. */
export const readChunks =
  (reader: PromptReader) =>
  (chunks: readonly Chunk[]): TE.TaskEither<Refusal, ReadChunks> =>
    F.pipe(
      chunks,
      TE.traverseSeqArray(
        (chunk): TE.TaskEither<Refusal, Piece> =>
          chunk.type === 'encoded_text'
            ? TE.right({ ids: chunk.tokens, media: [] })
            : F.pipe(
                mediumOf(reader, chunk),
                TE.flatMapEither(medium =>
                  F.pipe(
                    padsOf(reader, medium, chunk.expectedTokens),
                    E.map((ids): Piece => ({ ids, media: [medium] })),
                  ),
                ),
              ),
      ),
      TE.map(joined),
    )

/** A prompt whose pads and media fit, and which is the very one that the client sealed where it gives a hash. */
export const sealedPrompt =
  ({ policy: { model } }: PromptReader) =>
  (prompt: Prompt, hash: string | undefined): E.Either<Refusal, Prompt> => {
    const sealed = promptValue(model)(prompt)
    if (E.isLeft(sealed)) return refuse(400, sealed.left.cause)
    return hash === undefined || hash === sealed.right.hash
      ? E.right(prompt)
      : refuse(400, `a prompt has hash ${sealed.right.hash}, the client says ${hash}: it is not what the client made`)
  }

/**
 * The same reader with the media of some chunks in hand, so that they are there when the work begins. Left: one that is not known.
 */
export const holding = (reader: PromptReader, chunks: readonly Chunk[]): E.Either<Refusal, PromptReader> => {
  const held = new Map<string, Patches>()
  for (const chunk of chunks)
    if (chunk.type === 'video') {
      const medium = reader.media.get(chunk.sha256)
      if (medium === undefined) return refuse(404, `${unknownMedium} ${chunk.sha256.slice(0, 64)}`)
      held.set(chunk.sha256, medium)
    }
  return E.right({ ...reader, media: { put: reader.media.put, get: sha256 => held.get(sha256) } })
}
