import { join } from 'node:path'
import { either as E } from 'fp-ts'
import { findPython, runPython } from './python.ts'
import { type PeerCase, writeCase } from './qwen25vl.ts'

/** How llama.cpp stores the weights. */
export type GgufType = 'F32' | 'BF16' | 'Q8_0'

/** What llama.cpp took for rollouts: the best of the repeats. */
export interface LlamaResult {
  readonly llama: string
  readonly threads: number
  readonly dtype: GgufType
  readonly tokensPerSecond: number
  /** `total`, and of it what its `llama_decode` took; the rest is drawing. */
  readonly seconds: { readonly total: number; readonly decode: number }
}

/** Logits after a prompt, by llama.cpp. */
export interface LlamaLogits {
  readonly llama: string
  readonly logits: readonly number[]
}

const script = join('bench', 'peers', 'llama.py')

/**
 * Runs llama.cpp on a checkpoint's folder and a case of text prompts, in a fresh Python, from the repository's root. `Left` says why
 * there is no peer: no Python with llama_cpp, gguf, safetensors and torch, a time-out, an error of theirs.
 */
export const llama = async <K extends 'rollout' | 'logits'>(
  kind: K,
  checkpoint: string,
  folder: string,
  dtype: GgufType,
  given: PeerCase,
  timeoutSeconds = 900,
): Promise<E.Either<string, K extends 'rollout' ? LlamaResult : LlamaLogits>> => {
  const python = await findPython(['llama_cpp', 'gguf', 'safetensors', 'torch'])
  if (E.isLeft(python)) return python
  const written = await writeCase(folder, given)
  if (E.isLeft(written)) return written
  const result = await runPython(python.right, script, [kind, checkpoint, folder, dtype], { timeoutSeconds })
  return E.map(read => read as K extends 'rollout' ? LlamaResult : LlamaLogits)(result)
}
