import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { either as E } from 'fp-ts'
import { loadPreprocessor } from 'kinograd/engine'
import { qwenMean, qwenStd } from 'kinograd/media'
import { afterAll, describe, expect, test } from 'vitest'

const room = await mkdtemp(join(tmpdir(), 'kinograd-preprocessor-'))
afterAll(() => rm(room, { recursive: true }))

/** As Qwen2.5-VL-7B-Instruct has it. */
const released = {
  min_pixels: 3136,
  max_pixels: 12845056,
  patch_size: 14,
  temporal_patch_size: 2,
  merge_size: 2,
  image_mean: qwenMean,
  image_std: qwenStd,
  image_processor_type: 'Qwen2VLImageProcessor',
  processor_class: 'Qwen2_5_VLProcessor',
}
const load = async (image: unknown, video?: unknown) => {
  const folder = await mkdtemp(join(room, 'case-'))
  await writeFile(join(folder, 'preprocessor_config.json'), JSON.stringify(image))
  if (video !== undefined) await writeFile(join(folder, 'video_preprocessor_config.json'), JSON.stringify(video))
  return loadPreprocessor(folder)()
}
const bounds = (minPixels: number, maxPixels: number) => ({ minPixels, maxPixels })

describe('a preprocessor', () => {
  test('is read as the released checkpoints have it', async () => {
    const pixels = { image: bounds(3136, 12845056), video: bounds(3136, 12845056) }
    const vision = { patchSize: 14, temporalPatchSize: 2, mergeSize: 2 }
    expect(await load(released)).toEqual(E.right({ pixels, mean: qwenMean, std: qwenStd, vision }))
  })

  test('has bounds of its own for clips, and edges in place of pixels', async () => {
    const { min_pixels: _, max_pixels: __, ...rest } = released
    const sized = (shortest_edge: number, longest_edge: number) => ({ ...rest, size: { shortest_edge, longest_edge } })
    expect(await load({ ...sized(784, 7840), min_pixels: null }, sized(100352, 602112))).toMatchObject(
      E.right({ pixels: { image: bounds(784, 7840), video: bounds(100352, 602112) } }),
    )
  })

  test.each<[string, object, object | undefined, string]>([
    ['a missing field', { ...released, patch_size: undefined }, undefined, 'patch_size is missing, not number'],
    ['a mean of two channels', { ...released, image_mean: [0, 1] }, undefined, 'image_mean is '],
    [
      'no bounds',
      { ...released, min_pixels: undefined },
      undefined,
      'size.shortest_edge and size.longest_edge, are missing',
    ],
    ['another scale', { ...released, rescale_factor: 1 / 127.5 }, undefined, 'this library scales by 1/255'],
    ['no normalisation', { ...released, do_normalize: false }, undefined, 'do_normalize is false, not true'],
    ['another filter', { ...released, resample: 2 }, undefined, 'resample is 2, not 3'],
    ['clips that are cut otherwise', released, { ...released, patch_size: 16 }, 'patch_size is 16, of images 14'],
    ['clips with another mean', released, { ...released, image_mean: [0, 0, 0] }, 'image_mean is [0,0,0], of images ['],
  ])('%s is a fault', async (_, image, video, cause) =>
    expect(await load(image, video)).toMatchObject(
      E.left({ _tag: 'BadCheckpoint', cause: expect.stringContaining(cause) }),
    ),
  )

  test('that is not there is a fault', async () => {
    expect(await loadPreprocessor(join(room, 'nowhere'))()).toMatchObject(E.left({ _tag: 'BadCheckpoint' }))
  })
})
