import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { taskEither as TE } from 'fp-ts'
import { qwenMean, qwenStd } from '../../../media/index.ts'
import type { EngineFault } from '../../engine.ts'
import type { Tokenizer } from '../../text/tokenizer.ts'
import { unwritable } from '../files/faults.ts'
import type { Qwen25VLConfig } from '../model/config.ts'
import type { tinyTokenizerFiles } from './tokenizer-files.ts'

const bounds = { minPixels: 4 * 28 * 28, maxPixels: 16 * 28 * 28 } as const

/** Size bounds that suit a tiny model: a frame is 4 to 16 tokens. */
export const tinyPixels = { image: bounds, video: bounds } as const

/** Text files of the folder beside what the engine writes. */
const textFiles = (
  { tokenizer, config: tokenizerConfig }: ReturnType<typeof tinyTokenizerFiles>,
  { vision }: Qwen25VLConfig,
  { idOf, eos, template }: Tokenizer,
): Readonly<Record<string, string>> => {
  const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`
  const pad = idOf('<|endoftext|>')
  return {
    'tokenizer.json': json(tokenizer),
    'tokenizer_config.json': json(tokenizerConfig),
    'chat_template.jinja': template,
    'generation_config.json': json({ do_sample: true, eos_token_id: [eos, pad], pad_token_id: pad, temperature: 1 }),
    'preprocessor_config.json': json({
      image_processor_type: 'Qwen2VLImageProcessor',
      processor_class: 'Qwen2_5_VLProcessor',
      do_resize: true,
      do_rescale: true,
      do_normalize: true,
      do_convert_rgb: true,
      resample: 3,
      rescale_factor: 1 / 255,
      image_mean: qwenMean,
      image_std: qwenStd,
      min_pixels: bounds.minPixels,
      max_pixels: bounds.maxPixels,
      size: { shortest_edge: bounds.minPixels, longest_edge: bounds.maxPixels },
      patch_size: vision.patchSize,
      temporal_patch_size: vision.temporalPatchSize,
      merge_size: vision.mergeSize,
    }),
  }
}

/** Writes all files of a checkpoint but config and weights: tokenizer, chat template, generation, preprocessor. */
export const writeTextFiles = (
  directory: string,
  tokenizerFiles: ReturnType<typeof tinyTokenizerFiles>,
  config: Qwen25VLConfig,
  tokenizer: Tokenizer,
): TE.TaskEither<EngineFault, void> =>
  TE.tryCatch(async () => {
    for (const [name, text] of Object.entries(textFiles(tokenizerFiles, config, tokenizer)))
      await writeFile(join(directory, name), text)
  }, unwritable(directory))
