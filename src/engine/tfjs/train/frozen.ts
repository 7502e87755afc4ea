/** A part of a model that can be left as it is: the vision tower with its merger, or the token embeddings (with a tied head). */
export type FrozenPart = 'vision' | 'embeddings'

const beginnings: Readonly<Record<FrozenPart, string>> = { vision: 'visual.', embeddings: 'model.embed_tokens.' }

/** Whether a parameter or a matrix of an adapter belongs to one of the parts. */
export const isFrozen = (name: string, parts: readonly FrozenPart[]): boolean =>
  parts.some(part => name.startsWith(beginnings[part]))
