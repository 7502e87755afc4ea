import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { either as E, function as F, taskEither as TE } from 'fp-ts'
import { fault } from '../../../flow/index.ts'
import type { EngineFault } from '../../engine.ts'
import type { Qwen25VLConfig } from '../model/config.ts'
import type { Parameters } from '../model/parameters.ts'
import { unwritable } from './faults.ts'
import { kindOf } from './parts.ts'
import { indexFile, type StoredTensor, singleFile, writeSafetensors } from './safetensors.ts'
import { stored } from './stored.ts'
import type { WeightFormat } from './weight-format.ts'
import { nameIn } from './weight-names.ts'
import { configJson } from './write-config.ts'

type Named = readonly (readonly [name: string, tensor: StoredTensor])[]

const sizeOf = ({ shape, dtype }: StoredTensor): number =>
  shape.reduce((product, n) => product * n, dtype === 'F32' ? 4 : 2)

/** Weights in order, as many in a shard as fit. */
const shardsOf = (weights: Named, bytes: number): readonly Named[] => {
  const shards: (readonly [string, StoredTensor])[][] = []
  let room = 0
  for (const weight of weights) {
    const size = sizeOf(weight[1])
    if (size > room || shards.length === 0) {
      shards.push([])
      room = bytes
    }
    shards.at(-1)?.push(weight)
    room -= size
  }
  return shards
}

/** Largest number that does not round to infinity. */
const largest = { F32: Number.POSITIVE_INFINITY, F16: 65519, BF16: 3.3961e38 } as const

/** The first weight that has no finite number in the format. */
const checkRange = (weights: Named): E.Either<EngineFault, void> => {
  for (const [name, { dtype, data }] of weights) {
    const limit = largest[dtype as keyof typeof largest]
    const at = data.findIndex(x => !(Math.abs(x) <= limit) || !Number.isFinite(x))
    if (at >= 0)
      return E.left(
        fault(
          'BadCheckpoint',
          `${name}[${at}] is ${data[at]}, ${dtype} holds finite numbers up to ${limit}`,
          'Write F32, or look at what training did to this weight.',
        ),
      )
  }
  return E.right(undefined)
}

/** Weights of an earlier save would be read before those of this one, or mixed with them. */
const removeOthers = async (directory: string, written: readonly string[]): Promise<void> => {
  for (const name of await readdir(directory))
    if (kindOf(name) === 'weights' && !written.includes(name)) await rm(join(directory, name))
}

/**
 * Writes `config.json` and the weights of a model into a folder, as transformers reads them; the folder is made when it is not there,
 * and weights of an earlier save in it are removed. A tied head is not written, as Hugging Face does not. Shards are named and indexed
 * as Hugging Face's are. Memory: one weight beside the model. Not atomic where there are shards: write into a new folder and
 * rename it where a kill in between matters. `Left('BadCheckpoint')` for a weight that is not finite in the dtype, or a disk that
 * refuses.
 */
export const writeWeights = (
  directory: string,
  config: Qwen25VLConfig,
  parameters: Parameters,
  { names = 'hub', dtype = 'F32', shardBytes = Number.POSITIVE_INFINITY }: WeightFormat = {},
): TE.TaskEither<EngineFault, void> => {
  const weights = [...parameters].map(([name, tensor]) => [nameIn(names, name), stored(tensor, dtype)] as const)
  const range = checkRange(weights)
  if (E.isLeft(range)) return TE.fromEither(range)
  const shards = shardsOf(weights, shardBytes)
  const count = (n: number) => String(n).padStart(5, '0')
  const files =
    shards.length === 1
      ? [singleFile]
      : shards.map((_, i) => `model-${count(i + 1)}-of-${count(shards.length)}.safetensors`)
  const index = {
    metadata: { total_size: weights.reduce((sum, [, tensor]) => sum + sizeOf(tensor), 0) },
    weight_map: Object.fromEntries(shards.flatMap((shard, i) => shard.map(([name]) => [name, files[i]]))),
  }
  const attempt = (work: () => Promise<void>) => TE.tryCatch(work, unwritable(directory))
  const json = (name: string, value: unknown) =>
    attempt(() => writeFile(join(directory, name), `${JSON.stringify(value, null, 2)}\n`))
  return F.pipe(
    attempt(() => mkdir(directory, { recursive: true }).then(() => undefined)),
    TE.flatMap(() => json('config.json', configJson(config, { names, dtype }))),
    TE.flatMap(() =>
      TE.traverseSeqArray(([file, shard]: readonly [string, Named]) =>
        writeSafetensors(join(directory, file), new Map(shard), { format: 'pt' }),
      )(files.map((file, i) => [file, shards[i] as Named] as const)),
    ),
    TE.flatMap(() => (files.length === 1 ? TE.right(undefined) : json(indexFile, index))),
    TE.flatMap(() => attempt(() => removeOthers(directory, files.length === 1 ? files : [...files, indexFile]))),
  )
}
