import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { either as E } from 'fp-ts'
import type { Prompt } from 'kinograd/engine'
import { layoutOf, type MropeLayout, type Qwen25VLConfig, readConfig, readSafetensors } from 'kinograd/engine/tfjs'
import { type Patches, patches } from 'kinograd/media'

export type Numbers = ArrayLike<number>

/** One golden case as this library reads it; every tensor by its name. */
export interface Golden {
  readonly directory: string
  readonly config: Qwen25VLConfig
  readonly layout: MropeLayout
  /** All layouts that its numbers hold for: where seconds are whole, transformers 4 computes what the models were trained with. */
  readonly layouts: readonly MropeLayout[]
  readonly prompt: Prompt
  readonly completion: Int32Array
  readonly clip: readonly [low: number, high: number]
  readonly beta: number
  readonly numbers: (name: string) => Numbers
  readonly has: (name: string) => boolean
  /** Gradients by parameter of a loss, `lora_policy` by the matrices of the adapter. */
  readonly gradients: (loss: 'sft' | 'policy' | 'lora_policy') => Promise<ReadonlyMap<string, Numbers>>
  /** PEFT's folder, where the case has one. */
  readonly adapter?: string
}

/** The value, or an error that ends the comparison. */
export const orThrow = <A>(given: E.Either<{ readonly cause: string }, A>): A => {
  if (E.isLeft(given)) throw new Error(given.left.cause)
  return given.right
}

/** The name on the hub of what PEFT calls `base_model.model.…`, with the names of transformers since 4.52 or before. */
const hubName = (name: string): string =>
  name
    .replace(/^base_model\.model\./, '')
    .replace(/^model\.(visual\.)/, '$1')
    .replace('model.language_model.', 'model.')

/** Reads a case; its frames pass this library's own patch layout. */
export const readGolden = async (directory: string): Promise<Golden> => {
  const about = JSON.parse(await readFile(join(directory, 'golden.json'), 'utf8')) as {
    readonly transformers: string
    readonly second_per_grid_ts: number
    readonly clip: readonly [number, number]
    readonly beta: number
  }
  const layout = layoutOf(about.transformers)
  const config = orThrow(await readConfig(directory)())
  const { tensors } = orThrow(await readSafetensors(join(directory, 'case.safetensors'))())
  const tensor = (name: string) => {
    const found = tensors.get(name)
    if (found === undefined) throw new Error(`${directory}/case.safetensors: ${name} is missing`)
    return found
  }
  const medium = (name: string, kind: Patches['kind']): Patches => {
    const { data, shape } = tensor(name)
    const [count, height, width] = (kind === 'image' ? [1, ...shape] : shape) as [number, number, number]
    const frames = { data: data as Uint8Array, count, height, width, times: Array<number>(count).fill(0) }
    const secondsPerGrid = kind === 'image' ? 1 : about.second_per_grid_ts
    return orThrow(patches(frames as Parameters<typeof patches>[0], { secondsPerGrid, kind }))
  }
  return {
    directory,
    config,
    layout,
    layouts: layout === 'transformers4' && Number.isInteger(about.second_per_grid_ts) ? ['qwen', layout] : [layout],
    prompt: {
      ids: Int32Array.from(tensor('prompt_ids').data),
      media: [...(tensors.has('image') ? [medium('image', 'image')] : []), medium('frames', 'video')],
    },
    completion: Int32Array.from(tensor('completion_ids').data),
    clip: about.clip,
    beta: about.beta,
    numbers: name => tensor(name).data,
    has: name => tensors.has(name),
    gradients: async loss => {
      const read = orThrow(await readSafetensors(join(directory, `${loss}_grads.safetensors`))())
      return new Map([...read.tensors].map(([name, { data }]) => [hubName(name), data]))
    },
    ...(existsSync(join(directory, 'adapter')) ? { adapter: join(directory, 'adapter') } : {}),
  }
}
