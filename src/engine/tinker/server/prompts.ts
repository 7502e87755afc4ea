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
export const unknownMedium = 'unknown medium'

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

interface Read {
  readonly ids: readonly number[]
  readonly media: readonly Patches[]
}

/**
 * The prompt of some chunks: text as it stands, each picture or clip as its patches and their pads. With `hash`, the prompt must be the
 * very one that the client sealed: ids, patches and positions. Pictures of a request are read once each.
 */
export const promptFrom =
  (reader: PromptReader) =>
  (chunks: readonly Chunk[], hash?: string): TE.TaskEither<Refusal, Prompt> =>
    F.pipe(
      chunks,
      TE.traverseSeqArray(
        (chunk): TE.TaskEither<Refusal, Read> =>
          chunk.type === 'encoded_text'
            ? TE.right({ ids: chunk.tokens, media: [] })
            : F.pipe(
                mediumOf(reader, chunk),
                TE.flatMapEither(medium =>
                  E.map((ids: readonly number[]): Read => ({ ids, media: [medium] }))(
                    padsOf(reader, medium, chunk.expectedTokens),
                  ),
                ),
              ),
      ),
      TE.flatMapEither(parts => {
        const prompt = {
          ids: Int32Array.from(parts.flatMap(({ ids }) => ids)),
          media: parts.flatMap(({ media }) => media),
        }
        const sealed = promptValue(reader.policy.model)(prompt)
        if (E.isLeft(sealed)) return refuse(400, sealed.left.cause)
        return hash === undefined || hash === sealed.right.hash
          ? E.right(prompt)
          : refuse(
              400,
              `the prompt has hash ${sealed.right.hash}, the client says ${hash}: it is not what the client made`,
            )
      }),
    )
