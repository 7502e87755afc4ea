import { join } from 'node:path'
import { either as E, function as F, taskEither as TE } from 'fp-ts'
import * as t from 'io-ts'
import { fault, messageOf } from '../../flow/index.ts'
import { brief } from '../../untrusted/index.ts'
import type { EngineFault } from '../engine.ts'
import { checkpointFolder } from './checkpoint-folder.ts'
import { ifThere, readJsonObject } from './json-file.ts'
import type { PixelBounds, VisionOptions } from './medium.ts'

/** How a checkpoint was made to see: what `qwenPrompt` takes of it. */
export type Preprocessor = Required<Pick<VisionOptions, 'pixels' | 'mean' | 'std' | 'vision'>>

/** Three numbers, one a channel. */
const channels = t.tuple([t.number, t.number, t.number])

/** Fields that may be left out, and then have the one value that this library computes with. */
const fixed = t.partial({
  do_resize: t.literal(true),
  do_rescale: t.literal(true),
  do_normalize: t.literal(true),
  /** Bicubic, in the numbers of PIL. */
  resample: t.literal(3),
})

const processorFile = t.intersection([
  t.type({
    patch_size: t.number,
    temporal_patch_size: t.number,
    merge_size: t.number,
    image_mean: channels,
    image_std: channels,
  }),
  t.partial({
    min_pixels: t.union([t.number, t.null]),
    max_pixels: t.union([t.number, t.null]),
    size: t.partial({ shortest_edge: t.number, longest_edge: t.number }),
    rescale_factor: t.number,
  }),
  fixed,
])
type ProcessorFile = t.TypeOf<typeof processorFile>

/** The largest side of a patch, and the most pixels to which a small picture is enlarged. */
const [mostPatch, mostEnlarged] = [256, 2 ** 24]

const imageFile = 'preprocessor_config.json'
const videoFile = 'video_preprocessor_config.json'
/** Where transformers has both since 5.0; it goes before the other files. */
const bothFile = 'processor_config.json'

const unreadable = (cause: string): EngineFault =>
  fault(
    'BadCheckpoint',
    cause,
    'Give the folder of a Qwen2.5-VL as Hugging Face writes it, or set pixels, mean, std and vision.',
  )

const parse =
  (name: string) =>
  (json: unknown): E.Either<EngineFault, ProcessorFile> =>
    E.mapLeft((errors: t.Errors) => {
      const wrong = errors.map(({ context, value }) => {
        const field = context.map(({ key }) => key).filter(key => key !== '' && !/^\d+$/.test(key))
        return `${field.join('.')} is ${value === undefined ? 'missing' : brief(value)}, not ${context.at(-1)?.type.name}`
      })
      return unreadable(`${name}: ${[...new Set(wrong)].join('; ')}`)
    })(processorFile.decode(json))

/** Sizes that no model has, and with which a picture would take more memory than there is. */
const checkSizes = (name: string, file: ProcessorFile): E.Either<EngineFault, void> => {
  const { patch_size, temporal_patch_size, merge_size, image_std } = file
  const wrong = Object.entries({ patch_size, temporal_patch_size, merge_size }).flatMap(([field, size]) =>
    Number.isInteger(size) && size > 0 && size <= mostPatch
      ? []
      : [`${field} is ${size}, not a whole number from 1 to ${mostPatch}`],
  )
  if (!image_std.every(deviation => deviation > 0)) wrong.push(`image_std is ${brief(image_std)}, not above 0`)
  return wrong.length === 0 ? E.right(undefined) : E.left(unreadable(`${name}: ${wrong.join('; ')}`))
}

/** The bounds under either name that transformers has had for them. */
const boundsOf = (
  name: string,
  { min_pixels, max_pixels, size }: ProcessorFile,
): E.Either<EngineFault, PixelBounds> => {
  const [minPixels, maxPixels] = [min_pixels ?? size?.shortest_edge, max_pixels ?? size?.longest_edge]
  if (minPixels === undefined || maxPixels === undefined)
    return E.left(
      unreadable(`${name}: min_pixels and max_pixels, or size.shortest_edge and size.longest_edge, are missing`),
    )
  return minPixels > 0 && minPixels <= maxPixels && minPixels <= mostEnlarged
    ? E.right({ minPixels, maxPixels })
    : E.left(
        unreadable(`${name}: pixels go from ${minPixels} to ${maxPixels}, the smaller may be ${mostEnlarged} at most`),
      )
}

const sameScale = (name: string, { rescale_factor: scale = 1 / 255 }: ProcessorFile): E.Either<EngineFault, void> =>
  Math.abs(scale - 1 / 255) < 1e-9
    ? E.right(undefined)
    : E.left(unreadable(`${name}: rescale_factor is ${scale}, this library scales by 1/255`))

const shared = ['image_mean', 'image_std', 'patch_size', 'temporal_patch_size', 'merge_size'] as const

/** The bounds of clips. All else must be as for images: one model has one vision tower. */
const clipBounds =
  (image: ProcessorFile) =>
  (video: ProcessorFile): E.Either<EngineFault, PixelBounds> => {
    const other = shared.find(name => JSON.stringify(video[name]) !== JSON.stringify(image[name]))
    return other === undefined
      ? E.flatMap(() => boundsOf(videoFile, video))(sameScale(videoFile, video))
      : E.left(
          unreadable(
            `${videoFile}: ${other} is ${JSON.stringify(video[other])}, of images ${JSON.stringify(image[other])}`,
          ),
        )
  }

/** What parsed `preprocessor_config.json` and, where there is one, `video_preprocessor_config.json` say. */
const preprocessorOf = (image: unknown, video: unknown): E.Either<EngineFault, Preprocessor> =>
  F.pipe(
    E.Do,
    E.bind('file', () => parse(imageFile)(image)),
    E.tap(({ file }) => sameScale(imageFile, file)),
    E.tap(({ file }) => checkSizes(imageFile, file)),
    E.bind('image', ({ file }) => boundsOf(imageFile, file)),
    E.bind('video', ({ file, image: own }) =>
      video === undefined ? E.right(own) : E.flatMap(clipBounds(file))(parse(videoFile)(video)),
    ),
    E.map(({ file, image: own, video: clips }) => ({
      pixels: { image: own, video: clips },
      mean: file.image_mean,
      std: file.image_std,
      vision: { patchSize: file.patch_size, temporalPatchSize: file.temporal_patch_size, mergeSize: file.merge_size },
    })),
  )

/**
 * Reads how a checkpoint was made to see, for `qwenPrompt({ tokenizer, question, ...preprocessor })`: size bounds, mean, standard
 * deviation, patch sizes. The bounds of the released checkpoints are wide (up to 12,845,056 pixels an image, and a clip's frames alike
 * where there is no file for videos); `processor_config.json`, which transformers writes since 5.0, goes before them. Say `pixels` after it to train on less. `Left('BadCheckpoint')` where the file is missing or asks
 * for what this library does not compute. Source: image_processing_qwen2_vl.py and video_processing_qwen2_vl.py of transformers.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { mkdtemp, rm } from 'node:fs/promises'
 * import { tmpdir } from 'node:os'
 * import { join } from 'node:path'
 * import { either as E } from 'fp-ts'
 * import { loadPreprocessor, qwenPrompt } from 'kinograd/engine'
 * import { tinyPolicy } from 'kinograd/engine/tfjs'
 *
 * const folder = await mkdtemp(join(tmpdir(), 'checkpoint-'))
 * const { engine, tokenizer, write } = tinyPolicy()
 * await write(folder)()
 *
 * const preprocessor = await loadPreprocessor(folder)()
 * assert(E.isRight(preprocessor))
 * assert.equal(preprocessor.right.vision.patchSize, 14)
 * const make = qwenPrompt({ tokenizer, question: item => item.record.problem, ...preprocessor.right })
 * assert.equal(typeof make, 'function')
 * engine.dispose()
 * await rm(folder, { recursive: true })
 * ```
 */
export const loadPreprocessor = (directory: string): TE.TaskEither<EngineFault, Preprocessor> =>
  F.pipe(
    checkpointFolder(directory),
    TE.flatMap(folder =>
      TE.tryCatch(
        async () => {
          const both = await ifThere(readJsonObject(join(folder, bothFile)))
          return {
            image: both?.image_processor ?? (await readJsonObject(join(folder, imageFile))),
            video: both?.video_processor ?? (await ifThere(readJsonObject(join(folder, videoFile)))),
          }
        },
        error => unreadable(`${folder}: ${messageOf(error)}`),
      ),
    ),
    TE.flatMapEither(({ image, video }) => preprocessorOf(image, video)),
  )
