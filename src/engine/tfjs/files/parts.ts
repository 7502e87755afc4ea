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
