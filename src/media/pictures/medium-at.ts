import { stat } from 'node:fs/promises'
import { function as F, taskEither as TE } from 'fp-ts'
import { imageHead } from '../image.ts'
import { defaultLimits } from '../limits.ts'
import type { Clip, Decoder, MediaFault } from '../types.ts'

/** What a path leads to, in the words of the data sets, and in words for people. */
export interface MediumAt {
  readonly kind: 'video' | 'image' | 'frame'
  readonly words: string
}

const pictureAt = (path: string): TE.TaskEither<MediaFault, MediumAt> =>
  F.pipe(
    imageHead(path, { ...defaultLimits, pixels: Number.POSITIVE_INFINITY }),
    TE.map(({ head: { format, width, height } }) => ({
      kind: 'image',
      words: `one picture (${format}, ${width}×${height})`,
    })),
  )

/**
 * Looks what a path leads to: a folder, one picture, or what the decoder reads as a video. Left: the decoder's fault, where it is none
 * of them. For messages about records that point to something else than they say.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { tmpdir } from 'node:os'
 * import { either as E } from 'fp-ts'
 * import { nodeAv, mediumAt } from 'kinograd/media'
 *
 * assert.deepEqual(await mediumAt(nodeAv(), tmpdir())(), E.right({ kind: 'frame', words: 'a folder' }))
 * ```
 */
export const mediumAt = (decoder: Decoder, path: string, signal?: AbortSignal): TE.TaskEither<MediaFault, MediumAt> =>
  F.pipe(
    TE.fromTask<boolean, MediaFault>(() =>
      stat(path).then(
        found => found.isDirectory(),
        () => false,
      ),
    ),
    TE.flatMap(folder =>
      folder ? TE.right<MediaFault, MediumAt>({ kind: 'frame', words: 'a folder' }) : pictureAt(path),
    ),
    TE.orElse(() =>
      F.pipe(
        decoder.probe(path, signal),
        TE.map(
          ({ codec, frameCount }: Clip): MediumAt => ({
            kind: 'video',
            words: `a clip (${codec}, ${frameCount} ${frameCount === 1 ? 'frame' : 'frames'})`,
          }),
        ),
      ),
    ),
  )
