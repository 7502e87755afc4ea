import { colours, directions, letters, shapes } from './scene.ts'

/** Special tokens, named as in Qwen2.5-VL, in the order of their ids from 0. */
export const specialTokens = [
  '<|endoftext|>',
  '<|im_start|>',
  '<|im_end|>',
  '<|vision_start|>',
  '<|vision_end|>',
  '<|image_pad|>',
  '<|video_pad|>',
] as const

const tags = ['observation', 'think', 'answer'].flatMap(tag => [`<${tag}>`, `</${tag}>`])

/** Every word of questions, chains and chat roles. */
const words: readonly string[] = [
  ...Array.from({ length: 10 }, (_, digit) => String(digit)),
  ...letters,
  ...colours,
  ...shapes,
  ...directions,
  ...['A', 'B', 'C', 'D', 'Options:', 'A.', 'B.', 'C.', 'D.', '.', '?'],
  ...['what', 'which', 'how', 'many', 'is', 'the', 'text', 'way', 'colour', 'first', 'last', 'steps', 'for'],
  ...['number', 'letter', 'path', 'plus', 'minus', 'notice', 'moves', 'from', 'to', 'appears', 'at', 'shows'],
  ...['so', 'it', 'system', 'user', 'assistant'],
]

/** All tokens; a token's id is its place. */
export const vocabulary: readonly string[] = [...specialTokens, ...tags, ...words]

/** Words of a text that the tokenizer has no token for. It has no <unk>: such text must be refused, not encoded. */
export const unknownWords = (text: string): readonly string[] => {
  const known = new Set(vocabulary)
  const isolated = [...specialTokens, ...tags].reduce((all, token) => all.replaceAll(token, ` ${token} `), text)
  return isolated.split(/\s+/).filter(word => word !== '' && !known.has(word))
}

/**
 * The two files that `new Tokenizer(tokenizerJson, tokenizerConfig)` of @huggingface/tokenizers takes: a word-level
 * model split at white space, tags and special tokens matched first. `decode` joins by single spaces, so decoded text
 * encodes to the same ids. A word without a token becomes the id `undefined`: check with `unknownWords`.
 */
export const tokenizerFiles = () => ({
  tokenizerJson: {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: [...specialTokens, ...tags].map((content, id) => ({
      id,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: id < specialTokens.length,
    })),
    normalizer: null,
    pre_tokenizer: { type: 'WhitespaceSplit' },
    post_processor: null,
    decoder: null,
    model: {
      type: 'WordLevel',
      vocab: Object.fromEntries(vocabulary.map((token, id) => [token, id])),
      unk_token: '<unk>',
    },
  },
  tokenizerConfig: {
    tokenizer_class: 'PreTrainedTokenizerFast',
    clean_up_tokenization_spaces: false,
    eos_token: '<|im_end|>',
    pad_token: '<|endoftext|>',
    model_max_length: 1024,
  },
})
