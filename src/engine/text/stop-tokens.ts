import type { JsonObject } from './json-file.ts'

const idsIn = (field: unknown): readonly number[] =>
  (Array.isArray(field) ? field : [field]).filter((id): id is number => Number.isInteger(id) && id >= 0)

/**
 * Ids of the tokens that end a completion, `eos` first: those of generation_config.json, which is where transformers' `generate` and
 * vLLM look, and that of the tokenizer.
 */
export const stopTokens = (eos: number, generation: JsonObject | undefined): readonly number[] => [
  ...new Set([eos, ...idsIn(generation?.eos_token_id)]),
]
