import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { either as E } from 'fp-ts'
import type { Qwen25VLConfig } from 'kinograd/engine/tfjs'
import { readConfig, readSafetensors, type StoredTensor } from 'kinograd/engine/tfjs'

/** Folder of foreign goldens beside the repository, or nothing. */
const root = [fileURLToPath(new URL('../../../shared/golden/qwen25vl', import.meta.url))].find(existsSync)

export const goldenCases: readonly string[] = root === undefined ? [] : readdirSync(root).map(name => join(root, name))

export const right = <A>(either: E.Either<unknown, A>): A => {
  if (E.isLeft(either)) throw new Error(JSON.stringify(either.left))
  return either.right
}

export interface GoldenCase {
  readonly config: Qwen25VLConfig
  readonly tensors: ReadonlyMap<string, StoredTensor>
  readonly layout: 'qwen' | 'transformers5'
  readonly secondsPerGrid: number
}

export const readGolden = async (directory: string): Promise<GoldenCase> => {
  const golden = JSON.parse(readFileSync(join(directory, 'golden.json'), 'utf8'))
  return {
    config: right(await readConfig(directory)()),
    tensors: right(await readSafetensors(join(directory, 'case.safetensors'))()).tensors,
    layout: golden.transformers.startsWith('4.') ? 'qwen' : 'transformers5',
    secondsPerGrid: golden.second_per_grid_ts,
  }
}

export const ints = (tensors: ReadonlyMap<string, StoredTensor>, name: string): Int32Array =>
  (tensors.get(name)?.data as Int32Array | undefined) ?? new Int32Array()
