import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { either as E, function as F, taskEither as TE } from 'fp-ts'
import { fault } from '../../../flow/index.ts'
import type { EngineFault } from '../../engine.ts'
import type { Qwen25VLConfig } from '../model/config.ts'
import type { Parameters } from '../model/parameters.ts'
import { nameIn } from '../model/weight-names.ts'
import { unwritable } from './faults.ts'
import { kindOf } from './parts.ts'
import { indexFile, type StoredTensor, singleFile, writeSafetensors } from './safetensors.ts'
import { stored } from './stored.ts'
import type { WeightFormat } from './weight-format.ts'
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
 * as Hugging Face's are. `given` is the config.json that the weights came with, whose other fields stay. Memory: one weight beside the model. Not atomic where there are shards: write into a new folder and
 * rename it where a kill in between matters. `Left('BadCheckpoint')` for a weight that is not finite in the dtype, or a disk that
 * refuses.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { mkdtemp, readdir, rm } from 'node:fs/promises'
 * import { tmpdir } from 'node:os'
 * import { join } from 'node:path'
 * import { either as E } from 'fp-ts'
 * import { initialise, readConfig, readWeights, selectBackend, writeWeights } from 'kinograd/engine/tfjs'
 *
 * await selectBackend({ backend: 'cpu' })()
 * const config = {
 *   text: { hiddenSize: 32, intermediateSize: 48, layers: 2, heads: 4, kvHeads: 2, headDim: 8, vocabSize: 64, rmsEps: 1e-6, ropeTheta: 1e6, mropeSection: [1, 1, 2], maxPositions: 512, tied: true },
 *   vision: { depth: 2, hiddenSize: 16, intermediateSize: 24, heads: 2, inChannels: 3, patchSize: 14, temporalPatchSize: 2, mergeSize: 2, windowSize: 56, fullAttentionBlocks: [1], outHiddenSize: 32, tokensPerSecond: 2 },
 *   tokens: { image: 62, video: 63, visionStart: 60, visionEnd: 61 },
 * } as const
 * const folder = await mkdtemp(join(tmpdir(), 'weights-'))
 * await writeWeights(folder, config, initialise(config, 1), { dtype: 'BF16', shardBytes: 60_000 })()
 * assert((await readdir(folder)).includes('model.safetensors.index.json'))
 * assert.deepEqual(await readConfig(folder)(), E.right(config))
 * const read = await readWeights(folder, config)()
 * assert(E.isRight(read) && read.right.names === 'hub')
 * await rm(folder, { recursive: true })
 * ```
 */
export const writeWeights = (
  directory: string,
  config: Qwen25VLConfig,
  parameters: Parameters,
  { names = 'hub', dtype = 'F32', shardBytes = Number.POSITIVE_INFINITY }: WeightFormat = {},
  given: Readonly<Record<string, unknown>> = {},
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
    TE.flatMap(() => json('config.json', configJson(config, { names, dtype }, given))),
    TE.flatMap(() =>
      TE.traverseSeqArray(([file, shard]: readonly [string, Named]) =>
        writeSafetensors(join(directory, file), new Map(shard), { format: 'pt' }),
      )(files.map((file, i) => [file, shards[i] as Named] as const)),
    ),
    TE.flatMap(() => (files.length === 1 ? TE.right(undefined) : json(indexFile, index))),
    TE.flatMap(() => attempt(() => removeOthers(directory, files.length === 1 ? files : [...files, indexFile]))),
  )
}
