import { join } from 'node:path'
import { either as E } from 'fp-ts'
import { findPython, runPython } from './python.ts'
import { type PeerCase, writeCase } from './qwen25vl.ts'

/** Arguments of PEFT's LoraConfig. */
export interface PeftOptions {
  readonly r: number
  readonly lora_alpha: number
  readonly target_modules: string | readonly string[]
  readonly exclude_modules?: string | readonly string[]
  readonly use_rslora?: boolean
  readonly lora_dropout?: number
  readonly rank_pattern?: Readonly<Record<string, number>>
  readonly alpha_pattern?: Readonly<Record<string, number>>
  readonly layers_to_transform?: readonly number[]
  readonly layers_pattern?: string
}

export interface PeftResult {
  readonly peft: string
  readonly transformers: string
  /** Modules that carry an adapter. */
  readonly modules: number
  /** [prompt and completion, vocabulary] */
  readonly logits: readonly number[]
}

/** Beside its source when compiled into build/ as well. */
const script = join('bench', 'peers', 'lora.py')

/**
 * Lets PEFT read the adapter in a folder, or make one by `lora` and write it there, on a checkpoint that transformers loads; the
 * logits of the case's one prompt and completion under it. `Left` says why there is no peer, or what PEFT would not take.
 */
export const peft = async (
  direction: 'read' | 'write',
  checkpoint: string,
  adapter: string,
  given: PeerCase & { readonly lora?: PeftOptions },
): Promise<E.Either<string, PeftResult>> => {
  const python = await findPython(['torch', 'transformers', 'safetensors', 'peft'])
  if (E.isLeft(python)) return python
  const folder = join(adapter, 'case')
  const written = await writeCase(folder, given)
  if (E.isLeft(written)) return written
  const args = [direction, checkpoint, folder, adapter]
  return E.map(read => read as PeftResult)(await runPython(python.right, script, args, { timeoutSeconds: 600 }))
}
