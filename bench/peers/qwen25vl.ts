import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { either as E } from 'fp-ts'
import type { Prompt } from 'kinograd/engine'
import { type StoredTensor, writeSafetensors } from 'kinograd/engine/tfjs'
import { findPython, runPython } from './python.ts'

/** What both sides compute; the fields that a measurement does not use may be left out. */
export interface PeerCase {
  readonly dtype?: 'float32' | 'bfloat16'
  /** Torch's own choice when not given. */
  readonly threads?: number
  readonly warmup: number
  readonly repeats: number
  readonly seed: number
  readonly prompts: readonly Prompt[]
  /** G, new tokens a completion (no stop token), and how they are drawn. */
  readonly count?: number
  readonly maxTokens?: number
  readonly temperature?: number
  readonly topP?: number
  /** [prompt][completion][token]; of one length within a prompt for train-step. */
  readonly completions?: readonly (readonly Int32Array[])[]
  readonly advantages?: readonly (readonly (readonly number[])[])[]
  readonly learningRate?: number
  readonly clipNorm?: number
  readonly epsilon?: number
  readonly beta?: number
  /** Train steps of what torch.compile makes of the model. */
  readonly compile?: boolean
}

export type PeerKind = 'rollout' | 'train-step' | 'rl-update' | 'logprobs'

export interface PeerResult {
  readonly torch: string
  readonly transformers: string
  readonly threads: number
  readonly dtype: string
  /** torch's name of it: `highest` is float32, `medium` bfloat16. */
  readonly matmulPrecision: string
  readonly parameters: number
  /** Median seconds of each phase, and `total`; empty for logprobs. */
  readonly seconds: Readonly<Record<string, number>>
  readonly tokensPerSecond?: number
  readonly loss?: number
  /** [prompt][completion][token] */
  readonly logprobs?: readonly (readonly (readonly number[])[])[]
}

/** Beside its source when compiled into build/ as well. */
const script = join('bench', 'peers', 'qwen25vl.py')

/** Writes `case.json` and `pixels.safetensors`: the prompts with their media, and whatever else the script is told. */
export const writeCase = async (
  folder: string,
  { prompts, completions, ...rest }: PeerCase & { readonly checkpoints?: readonly string[] },
): Promise<E.Either<string, void>> => {
  await mkdir(folder, { recursive: true })
  const pixels = new Map<string, StoredTensor>()
  const names = new Map<Float32Array, string>()
  const listed = prompts.map(({ ids, media }) => ({
    ids: [...ids],
    media: media.map(({ values, grid, secondsPerGrid, kind }) => {
      const name = names.get(values) ?? `pixels.${names.size}`
      names.set(values, name)
      const rows = grid[0] * grid[1] * grid[2]
      pixels.set(name, { dtype: 'F32', shape: [rows, values.length / rows], data: values })
      return { kind, grid, secondsPerGrid, pixels: name }
    }),
  }))
  const told = { ...rest, prompts: listed, completions: completions?.map(group => group.map(ids => [...ids])) }
  await writeFile(join(folder, 'case.json'), JSON.stringify(told))
  return E.mapLeft((fault: { readonly cause: string }) => fault.cause)(
    await writeSafetensors(join(folder, 'pixels.safetensors'), pixels)(),
  )
}

/**
 * Runs Hugging Face on a checkpoint's folder and a case, in a fresh Python, from the repository's root. Positions are those of the
 * installed transformers: compare log-probabilities under `layout: 'transformers5'` with 5 and later. `Left` says why there is no
 * peer: no Python with torch and transformers, a time-out, an error of theirs.
 */
export const peer = async (
  kind: PeerKind,
  checkpoint: string,
  folder: string,
  given: PeerCase,
  timeoutSeconds = 1800,
): Promise<E.Either<string, PeerResult>> => {
  const python = await findPython(['torch', 'transformers', 'safetensors'])
  if (E.isLeft(python)) return python
  const written = await writeCase(folder, given)
  if (E.isLeft(written)) return written
  const result = await runPython(python.right, script, [kind, checkpoint, folder], { timeoutSeconds })
  return E.map(read => read as PeerResult)(result)
}
