import * as tf from '@tensorflow/tfjs-core'
import type { Checkpoint } from './files/checkpoint.ts'
import { type Adapter, adapted, disposeAdapter, scaleTensors } from './lora/adapter.ts'
import type { Qwen25VLConfig } from './model/config.ts'
import { disposeConstants, type Model, modelConstants } from './model/forward.ts'
import { disposeParameters, type Parameters } from './model/parameters.ts'

/** A model's weights, and the adapter that may stand on them. Owns every tensor of both. */
export interface Trainable {
  /** The model as it is now: until the next `move` or `replace`. */
  readonly model: () => Model
  /** The same without its adapter. */
  readonly base: () => Model
  readonly adapter: () => Adapter | undefined
  /** What training may change: the adapter's matrices where there is one, else the weights. */
  readonly learning: () => Parameters
  /** Puts other tensors in the place of those of `learning`; frees none. */
  readonly move: (moved: Parameters) => void
  /** Puts weights, an adapter, or both in the place of those that there are, and frees these. */
  readonly replace: (read: Pick<Checkpoint, 'parameters' | 'adapter'>) => void
  readonly dispose: () => void
}

export const trainable = (config: Qwen25VLConfig, parameters: Parameters, given: Adapter | undefined): Trainable => {
  let weights = parameters
  let adapter = given
  const constants = modelConstants(config)
  const scales = given === undefined ? undefined : scaleTensors(given)
  const base = (): Model => ({ config, parameters: weights, constants })
  return {
    base,
    model: () =>
      adapter === undefined || scales === undefined
        ? base()
        : { ...base(), parameters: adapted(weights, adapter, scales) },
    adapter: () => adapter,
    learning: () => adapter?.matrices ?? weights,
    move: moved => {
      if (adapter === undefined) weights = moved
      else adapter = { ...adapter, matrices: moved }
    },
    replace: ({ parameters: read, adapter: readAdapter }) => {
      if (read !== undefined) {
        disposeParameters(weights)
        weights = read
      }
      if (adapter !== undefined && readAdapter !== undefined) {
        disposeAdapter(adapter)
        adapter = { ...adapter, matrices: readAdapter.matrices }
      }
    },
    dispose: () => {
      disposeParameters(weights)
      if (adapter !== undefined) disposeAdapter(adapter)
      if (scales !== undefined) tf.dispose([...scales.values()])
      disposeConstants(constants)
    },
  }
}
