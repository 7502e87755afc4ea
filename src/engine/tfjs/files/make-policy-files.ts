import { either as E } from 'fp-ts'
import type { EngineFault } from '../../engine.ts'
import type { Preprocessor } from '../../text/preprocessor.ts'
import { type Tokenizer, type TokenizerFiles, tokenizerOf } from '../../text/tokenizer.ts'
import { jsonBytes, type PolicyFiles } from './policy-files.ts'

/** What a policy that comes from no folder is made of, beside its weights. */
export interface PolicyParts {
  readonly tokenizer: TokenizerFiles
  readonly preprocessor: Preprocessor
}

const processorJson = ({ pixels, mean, std, vision }: Preprocessor, kind: 'image' | 'video') => {
  const { minPixels = 3136, maxPixels = 12_845_056 } = pixels[kind] ?? {}
  return {
    ...(kind === 'image'
      ? { image_processor_type: 'Qwen2VLImageProcessor' }
      : { video_processor_type: 'Qwen2VLVideoProcessor' }),
    processor_class: 'Qwen2_5_VLProcessor',
    ...{ do_resize: true, do_rescale: true, do_normalize: true, do_convert_rgb: true },
    resample: 3,
    rescale_factor: 1 / 255,
    image_mean: mean,
    image_std: std,
    min_pixels: minPixels,
    max_pixels: maxPixels,
    size: { shortest_edge: minPixels, longest_edge: maxPixels },
    patch_size: vision.patchSize,
    temporal_patch_size: vision.temporalPatchSize,
    merge_size: vision.mergeSize,
  }
}

/**
 * The files that make a saved folder whole, for a policy whose tokenizer and preprocessor come from no folder: tokenizer.json,
 * tokenizer_config.json, chat_template.jinja, generation_config.json with the stop tokens, both preprocessors' files, and the token ids
 * of config.json: `tfjsEngine({ files })`. `readPolicyFiles` reads those of a folder. `Left('BadTokenizer')` as `tokenizerOf`.
 */
export const policyFiles = ({ tokenizer: files, preprocessor }: PolicyParts): E.Either<EngineFault, PolicyFiles> =>
  E.map(({ idOf, eos, stop, template }: Tokenizer): PolicyFiles => {
    const text = idOf('<|endoftext|>')
    const visionPad = idOf('<|vision_pad|>')
    const ids = {
      ...(text === undefined ? {} : { bos_token_id: text }),
      ...{ eos_token_id: eos, pad_token_id: text ?? eos },
      ...(visionPad === undefined ? {} : { vision_token_id: visionPad }),
    }
    const generation = {
      do_sample: true,
      eos_token_id: [...new Set([...stop, text ?? eos])],
      pad_token_id: text ?? eos,
      temperature: 1,
    }
    return new Map([
      ['config.json', jsonBytes(ids)],
      ['tokenizer.json', jsonBytes(files.tokenizer)],
      ['tokenizer_config.json', jsonBytes(files.config)],
      ['chat_template.jinja', Buffer.from(template)],
      ['generation_config.json', jsonBytes(generation)],
      ['preprocessor_config.json', jsonBytes(processorJson(preprocessor, 'image'))],
      ['video_preprocessor_config.json', jsonBytes(processorJson(preprocessor, 'video'))],
    ])
  })(tokenizerOf(files))
