import type { Qwen25VLConfig } from '../../model/config.ts'
import { embeddingName, headName } from '../../model/forward.ts'
import { type Parameters, weight } from '../../model/parameters.ts'
import { type PackedType, packingOf, wordsOf } from '../../tensors/packed.ts'

/** How the kernel reads a decoder's matrices: as float32 with norms and adapter folded in, or packed as they are with the adapter beside. */
export type Stored = 'F32' | Exclude<PackedType, 'F16'>

/** Products of a layer, by the names of what they give. */
export const productNames = ['qkv', 'out', 'gate', 'up', 'down'] as const
export type ProductName = (typeof productNames)[number]
/** Ranks of what an adapter adds to each. */
export type Ranks = Readonly<Record<ProductName, number>>

/** What the size of the kernel's weights follows from. */
export interface KernelWeights {
  readonly stored: Stored
  /** By layer; none where adapters are folded in. */
  readonly ranks: readonly Ranks[]
}

/** Weights that go into each product, one above the other. */
export const partsOfProduct: Readonly<Record<ProductName, readonly string[]>> = {
  qkv: ['self_attn.q_proj', 'self_attn.k_proj', 'self_attn.v_proj'],
  out: ['self_attn.o_proj'],
  gate: ['mlp.gate_proj'],
  up: ['mlp.up_proj'],
  down: ['mlp.down_proj'],
}

/** Bytes of a row of a matrix. */
export const rowBytesOf = (stored: Stored, columns: number): number =>
  4 * (stored === 'F32' ? columns : wordsOf(stored, columns))

/** Matrices that the kernel reads, and the embeddings. */
export const kernelNames = (config: Qwen25VLConfig): readonly string[] => {
  const layers = Array.from({ length: config.text.layers }, (_, i) =>
    Object.values(partsOfProduct).flatMap(parts => parts.map(part => `model.layers.${i}.${part}.weight`)),
  )
  return layers.flat().concat(headName(config), embeddingName)
}

/** The kernel has weights packed where all that it reads are packed in one way that it knows. */
export const storedAs = (types: Iterable<PackedType | undefined>): Stored => {
  const [type, ...others] = new Set(types)
  return others.length === 0 && (type === 'BF16' || type === 'I8') ? type : 'F32'
}

const storedIn = (parameters: Parameters, config: Qwen25VLConfig): Stored =>
  storedAs(kernelNames(config).map(name => packingOf(weight(parameters, name))?.type))

/** How the kernel would have a model's weights. */
export const kernelWeightsOf = (parameters: Parameters, config: Qwen25VLConfig): KernelWeights => {
  const stored = storedIn(parameters, config)
  if (stored === 'F32') return { stored, ranks: [] }
  const rank = (i: number, product: ProductName): number =>
    partsOfProduct[product].reduce(
      (sum, part) => sum + (parameters.get(`model.layers.${i}.${part}.lora_A.weight`)?.shape[0] ?? 0),
      0,
    )
  const ranks = Array.from({ length: config.text.layers }, (_, i) => ({
    qkv: rank(i, 'qkv'),
    out: rank(i, 'out'),
    gate: rank(i, 'gate'),
    up: rank(i, 'up'),
    down: rank(i, 'down'),
  }))
  return { stored, ranks }
}
