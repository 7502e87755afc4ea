/** What a file of a checkpoint belongs to. */
export type Kind = 'weights' | 'adapter' | 'optimiser'

export const optimiserFile = 'optimiser.safetensors'

const patterns: readonly (readonly [Kind, RegExp])[] = [
  ['weights', /^model(-\d{5}-of-\d{5})?\.safetensors(\.index\.json)?$/],
  ['adapter', /^adapter_(config\.json|model\.safetensors)$/],
  ['optimiser', /^optimiser\.safetensors$/],
]

/** The part of a checkpoint that a file of this name would be read as; nothing for all other files. */
export const kindOf = (name: string): Kind | undefined => patterns.find(([, pattern]) => pattern.test(name))?.[0]

/**
 * Files that make a folder loadable by others: what transformers, PEFT and vLLM read beside weights or adapter. They belong to a save,
 * but may be changed by hand after it.
 */
export const companions: readonly string[] = [
  ...['config.json', 'generation_config.json', 'tokenizer.json', 'tokenizer_config.json', 'vocab.json', 'merges.txt'],
  ...['special_tokens_map.json', 'added_tokens.json', 'chat_template.jinja', 'chat_template.json'],
  ...['preprocessor_config.json', 'video_preprocessor_config.json', 'processor_config.json'],
]
