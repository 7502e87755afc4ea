import type * as tf from '@tensorflow/tfjs-core'
import type { PackedType } from '../tensors/packed.ts'

/** Kinds of attributes, as TensorFlow's C API numbers them (tensorflow/c/c_api.h, TF_AttrType). */
export const attributeKind = { string: 0, int: 1, float: 2, bool: 3, type: 4, shape: 5 } as const

/** A constant that a kernel is called with. */
export interface Attribute {
  readonly name: string
  readonly type: number
  readonly value: boolean | number | string | readonly number[]
}

/** TensorFlow's numbers of the types that graphs have (tensorflow/core/framework/types.proto). */
export const typeNumbers: Readonly<Partial<Record<tf.DataType, number>>> = { float32: 1, int32: 3, bool: 10 }

/** And of those in which weights are stored; tfjs has no names for them. */
export const storedTypes: Readonly<Record<PackedType, number>> = { BF16: 14, F16: 19, I8: 6 }

/** That something has the type float32. */
export const float = (name: string): Attribute => ({ name, type: attributeKind.type, value: 1 })
export const flag = (name: string, value: boolean): Attribute => ({ name, type: attributeKind.bool, value })

/** What the binding says of a tensor that it made: the id of its handle, and TensorFlow's number of its type. */
export interface Made {
  readonly id: number
  readonly shape: number[]
  readonly dtype: number
}

/** The part of tfjs-node's binding that this room calls. */
export interface Binding {
  readonly createTensor: (shape: readonly number[], dtype: number, values: tf.BackendValues) => number
  readonly deleteTensor: (id: number) => void
  readonly tensorDataSync: (id: number) => ArrayLike<number>
  readonly executeOp: (
    name: string,
    attributes: readonly Attribute[],
    inputs: readonly number[],
    outputs: number,
  ) => readonly Made[]
  readonly loadSavedModel: (directory: string, tags: string) => number
  readonly deleteSavedModel: (model: number) => void
  readonly runSavedModel: (model: number, inputs: readonly number[], names: string, outputs: string) => readonly Made[]
}

/** What tfjs-node's backend keeps of a tensor. `id` is −1 as long as TensorFlow has none; `values` are then those of JavaScript. */
interface Entry {
  readonly shape: number[]
  dtype: number
  id: number
  values: tf.BackendValues | null
  refCount: number
}

/** The part of tfjs-node's backend that this room works with. */
export interface NodeBackend {
  readonly binding: Binding
  readonly tensorMap: {
    readonly get: (id: tf.DataId) => Entry
    readonly has: (id: tf.DataId) => boolean
  }
  readonly isUsingGpuDevice: boolean
  createOutputTensor: (made: Made) => tf.Tensor
  executeSingleOutput: (name: string, attributes: readonly Attribute[], inputs: readonly tf.TensorInfo[]) => tf.Tensor
  executeMultipleOutputs: (
    name: string,
    attributes: readonly Attribute[],
    inputs: readonly tf.TensorInfo[],
    outputs: number,
  ) => readonly tf.Tensor[]
  getInputTensorIds: (inputs: readonly tf.TensorInfo[]) => readonly number[]
  readSync: (id: tf.DataId) => tf.BackendValues
  disposeData: (id: tf.DataId, force?: boolean) => boolean
}
