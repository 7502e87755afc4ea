import { qwenTemplate } from '../../text/chat-template.ts'
import { qwenSplit } from '../../text/known-patterns.ts'
import { byteLevelAlphabet } from '../../text/pieces.ts'
import { learnMerges } from './byte-pairs.ts'

/** Qwen2.5-VL's special tokens in the order of their ids, which follow those of the bytes and merges. */
const specialTokens = [
  '<|endoftext|>',
  '<|im_start|>',
  '<|im_end|>',
  '<|object_ref_start|>',
  '<|object_ref_end|>',
  '<|box_start|>',
  '<|box_end|>',
  '<|quad_start|>',
  '<|quad_end|>',
  '<|vision_start|>',
  '<|vision_end|>',
  '<|vision_pad|>',
  '<|image_pad|>',
  '<|video_pad|>',
] as const

/** What the chat template itself writes: short in tokens for every policy. */
const chatWords = ['system\nYou are a helpful assistant.', 'user\n', 'assistant\n']

const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: false, use_regex: false } as const

/**
 * `tokenizer.json` and `tokenizer_config.json` of a small byte-level vocabulary in Qwen2's form: every byte is a token, so that any
 * text encodes and comes back as it was; byte pairs of `texts` and of the chat's own words are merged, at most `merges` of them. No
 * Unicode normalisation, unlike Qwen2: text comes back even where it is not composed.
 */
export const tinyTokenizerFiles = (texts: readonly string[], merges: number) => {
  const learned = learnMerges([...chatWords, ...texts], merges)
  const tokens = [...new Set([...byteLevelAlphabet, ...learned.map(pair => pair.join(''))])]
  const added = specialTokens.map((content, i) => ({
    id: tokens.length + i,
    content,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
    special: true,
  }))
  return {
    tokenizer: {
      version: '1.0',
      truncation: null,
      padding: null,
      added_tokens: added,
      normalizer: null,
      pre_tokenizer: {
        type: 'Sequence',
        pretokenizers: [
          { type: 'Split', pattern: { Regex: qwenSplit }, behavior: 'Isolated', invert: false },
          byteLevel,
        ],
      },
      post_processor: byteLevel,
      decoder: byteLevel,
      model: {
        type: 'BPE',
        dropout: null,
        unk_token: null,
        continuing_subword_prefix: '',
        end_of_word_suffix: '',
        fuse_unk: false,
        byte_fallback: false,
        vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
        merges: learned.map(pair => pair.join(' ')),
      },
    },
    config: {
      tokenizer_class: 'Qwen2Tokenizer',
      add_bos_token: false,
      add_prefix_space: false,
      added_tokens_decoder: Object.fromEntries(added.map(({ id, ...token }) => [String(id), token])),
      additional_special_tokens: specialTokens.slice(1),
      bos_token: null,
      eos_token: '<|im_end|>',
      pad_token: '<|endoftext|>',
      unk_token: null,
      errors: 'replace',
      clean_up_tokenization_spaces: false,
      split_special_tokens: false,
      model_max_length: 4096,
      chat_template: qwenTemplate,
    },
  }
}
