import { type FileHandle, mkdir, open, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { configJson, parameterShapes, type Qwen25VLConfig } from 'kinograd/engine/tfjs'
import { random } from '../random.ts'

/** Bytes of a shard; Hugging Face's are of 5 GB. */
const shardBytes = 2 ** 31

type Named = readonly [name: string, shape: readonly number[]]

const bytesOf = ([, shape]: Named): number => shape.reduce((a, b) => a * b, 2)

/** As many weights in a shard as fit. */
const shardsOf = (weights: readonly Named[]): readonly (readonly Named[])[] => {
  const shards: Named[][] = [[]]
  let size = 0
  for (const weight of weights) {
    if (size > 0 && size + bytesOf(weight) > shardBytes) {
      shards.push([])
      size = 0
    }
    shards.at(-1)?.push(weight)
    size += bytesOf(weight)
  }
  return shards
}

/** Numbers of a normal distribution in BF16, cut off. They are used again and again: what is measured does not depend on them. */
const block = (() => {
  const next = random(1)
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next())
  const floats = Float32Array.from({ length: 2 ** 20 }, normal)
  const made = new Map<number, Uint8Array>()
  return (deviation: number): Uint8Array => {
    const before = made.get(deviation)
    if (before !== undefined) return before
    const bits = new Uint32Array(floats.map(x => x * deviation).buffer)
    const halves = new Uint8Array(Uint16Array.from(bits, word => word >>> 16).buffer)
    made.set(deviation, halves)
    return halves
  }
})()

const filled = (value: number, bytes: number): Uint8Array => {
  const [bits = 0] = new Uint32Array(Float32Array.of(value).buffer)
  return new Uint8Array(new Uint16Array(bytes / 2).fill(bits >>> 16).buffer)
}

const writeWeight = async (file: FileHandle, [name, shape]: Named): Promise<void> => {
  const bytes = bytesOf([name, shape])
  if (shape.length === 1) return void (await file.write(filled(name.endsWith('bias') ? 0 : 1, bytes)))
  const deviation = name === 'model.embed_tokens.weight' ? 0.05 : 0.7 / Math.sqrt(bytes / 2 / (shape[0] ?? 1))
  const numbers = block(deviation)
  for (let at = 0; at < bytes; at += numbers.length)
    await file.write(numbers.subarray(0, Math.min(numbers.length, bytes - at)))
}

const writeShard = async (path: string, weights: readonly Named[]): Promise<void> => {
  let end = 0
  const entries = weights.map(weight => {
    const begin = end
    end += bytesOf(weight)
    return [weight[0], { dtype: 'BF16', shape: weight[1], data_offsets: [begin, end] }] as const
  })
  const json = JSON.stringify({ __metadata__: { format: 'pt' }, ...Object.fromEntries(entries) })
  const header = Buffer.from(json.padEnd(8 * Math.ceil(json.length / 8)))
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(header.length))
  const file = await open(path, 'w')
  try {
    await file.write(Buffer.concat([length, header]))
    for (const weight of weights) await writeWeight(file, weight)
  } finally {
    await file.close()
  }
}

/**
 * Writes a random checkpoint in BF16 as Hugging Face has it: config.json, shards and their index. Gives the bytes of its weights. Memory:
 * some MB, whatever the model.
 */
export const writeRandomCheckpoint = async (folder: string, config: Qwen25VLConfig): Promise<number> => {
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'config.json'), JSON.stringify(configJson(config, { dtype: 'BF16' })))
  const weights = [...parameterShapes(config)]
  const shards = shardsOf(weights)
  const count = (n: number) => String(n).padStart(5, '0')
  const files = shards.map((_, i) => `model-${count(i + 1)}-of-${count(shards.length)}.safetensors`)
  for (const [i, shard] of shards.entries()) await writeShard(join(folder, files[i] ?? ''), shard)
  const bytes = weights.reduce((sum, weight) => sum + bytesOf(weight), 0)
  const map = Object.fromEntries(shards.flatMap((shard, i) => shard.map(([name]) => [name, files[i]])))
  const index = { metadata: { total_size: bytes }, weight_map: map }
  await writeFile(join(folder, 'model.safetensors.index.json'), JSON.stringify(index))
  return bytes
}
