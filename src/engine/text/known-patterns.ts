import { isJsonObject, type JsonObject } from './json-file.ts'

/** How Qwen2's tokenizers split a text before merging (Qwen/Qwen2.5-VL-3B-Instruct, tokenizer.json). */
export const qwenSplit = String.raw`(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`

/** Patterns that take a time which follows the length of their text. */
const known: ReadonlySet<unknown> = new Set([qwenSplit])

const patternsIn = (value: unknown): readonly unknown[] => {
  if (Array.isArray(value)) return value.flatMap(patternsIn)
  if (!isJsonObject(value)) return []
  return [...('Regex' in value ? [value.Regex] : []), ...Object.values(value).flatMap(patternsIn)]
}

/** Whether a tokenizer splits texts by no pattern but known ones: what came with a checkpoint may take for ever on a short text. */
export const hasKnownPatterns = ({ normalizer, pre_tokenizer }: JsonObject): boolean =>
  patternsIn([normalizer, pre_tokenizer]).every(pattern => known.has(pattern))
