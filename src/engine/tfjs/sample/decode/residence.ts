import type * as tf from '@tensorflow/tfjs-core'
import type { Qwen25VLConfig } from '../../model/config.ts'
import { embeddingName, headName } from '../../model/forward.ts'
import type { Parameters } from '../../model/parameters.ts'
import { packingOf } from '../../tensors/packed.ts'
import { partsOfProduct, productNames, rowBytesOf, type Stored } from './kernel-weights.ts'
import { type PartRange, partsWithin, placeMatrices } from './matrices.ts'
import { memoryOf } from './threads.ts'

/** Packed weights of a decoder that lie where the kernel reads them: tensors and kernel have the same numbers, and no copy is made. */
export interface Residence {
  readonly stored: Stored
  readonly parts: readonly PartRange[]
  readonly memories: readonly WebAssembly.Memory[]
}

/** Most bytes of matrices in a memory. As much is left for what rollouts need besides. */
const mostMatrices = 2 ** 31

/** The memories that matrices are read into; nothing where one is too large. */
export const residentParts = ({ text }: Qwen25VLConfig, stored: Stored): readonly PartRange[] | undefined =>
  partsWithin(text.layers, mostMatrices, range => placeMatrices(text, stored, range).end)

/** Where each weight of the decoder lies, by its name. */
const placesIn = (config: Qwen25VLConfig, stored: Stored, range: PartRange): ReadonlyMap<string, number> => {
  const { text } = config
  const { layers, head, embeddings } = placeMatrices(text, stored, range)
  const { heads, kvHeads, headDim, hiddenSize } = text
  const places = new Map<string, number>()
  layers.forEach((layer, i) => {
    for (const product of productNames) {
      let address = layer[product]
      partsOfProduct[product].forEach((part, p) => {
        places.set(`model.layers.${range.first + i}.${part}.weight`, address)
        // Only queries, keys and values have others below them.
        address += (p === 0 ? heads : kvHeads) * headDim * rowBytesOf(stored, hiddenSize)
      })
    }
  })
  if (head > 0) places.set(headName(config), head)
  if (embeddings > 0) places.set(embeddingName, embeddings)
  return places
}

/** Residences by the data of their heads, with the data of all their tensors. */
const known = new WeakMap<tf.DataId, { readonly residence: Residence; readonly ids: ReadonlyMap<string, tf.DataId> }>()

/** A residence to be filled. */
export interface Rooms {
  /** Room for a weight's words, where it is one of the decoder's. */
  readonly roomFor: (name: string, words: number) => Int32Array | undefined
  /** Says that the tensors of these weights were made of what lies there. */
  readonly settle: (parameters: Parameters) => void
}

/**
 * Memory of the kernel for a decoder's packed weights, to read them into. Nothing where a memory cannot be had: the kernel copies
 * weights then. It is freed with the tensors that are made of it.
 */
export const roomsFor = (config: Qwen25VLConfig, stored: Stored): Rooms | undefined => {
  const parts = residentParts(config, stored)
  if (parts === undefined) return undefined
  const memories: WebAssembly.Memory[] = []
  const rooms = new Map<string, readonly [memory: ArrayBufferLike, address: number]>()
  for (const range of parts) {
    const memory = memoryOf(placeMatrices(config.text, stored, range).end)
    if (memory === undefined) return undefined
    memories.push(memory)
    for (const [name, address] of placesIn(config, stored, range)) rooms.set(name, [memory.buffer, address])
  }
  return {
    roomFor: (name, words) => {
      const room = rooms.get(name)
      return room && new Int32Array(...room, words)
    },
    settle: parameters => {
      const ids = new Map([...rooms.keys()].map(name => [name, parameters.get(name)!.dataId]))
      if ([...ids.values()].every(dataId => packingOf({ dataId })?.type === stored))
        known.set(ids.get(headName(config))!, { residence: { stored, parts, memories }, ids })
    },
  }
}

/** Where a model's packed weights lie in the kernel's memory; nothing where they do not, or no longer. */
export const residenceOf = (parameters: Parameters, config: Qwen25VLConfig): Residence | undefined => {
  const head = parameters.get(headName(config))
  const found = head && known.get(head.dataId)
  if (found === undefined) return undefined
  return [...found.ids].every(([name, id]) => parameters.get(name)?.dataId === id) ? found.residence : undefined
}
