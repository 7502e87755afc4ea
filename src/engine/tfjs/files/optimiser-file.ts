import { existsSync } from 'node:fs'
import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import { either as E, type taskEither as TE } from 'fp-ts'
import type { EngineFault } from '../../engine.ts'
import type { OptimiserState } from '../train/optimiser.ts'
import { mismatch } from './faults.ts'
import { optimiserFile } from './parts.ts'
import { readSafetensors, type StoredTensor, writeSafetensors } from './safetensors.ts'
import { stored } from './stored.ts'

/** What is trained: the number of its parameters, and the names of the slots that the optimiser keeps of them. */
export interface Trained {
  readonly size: number
  readonly slots: readonly string[]
}

/** Writes `optimiser.safetensors`: a flat vector a slot, and the step as metadata. */
export const writeOptimiser = (directory: string, { step, slots }: OptimiserState): TE.TaskEither<EngineFault, void> =>
  writeSafetensors(
    join(directory, optimiserFile),
    new Map(Object.entries(slots).map(([name, slot]) => [name, stored(slot)])),
    { step: String(step) },
  )

/** The optimiser's state, of which no tensor is made yet. */
export interface StoredOptimiser {
  readonly step: number
  readonly slots: ReadonlyMap<string, StoredTensor>
}

/** Tensors of what a file held. */
export const optimiserOf = ({ step, slots }: StoredOptimiser): OptimiserState => ({
  step,
  slots: Object.fromEntries([...slots].map(([name, slot]) => [name, tf.tensor1d(slot.data, 'float32')])),
})

/** The optimiser's state beside the weights, when there is one: just its slots, and each with `size` numbers. */
export const readStoredOptimiser =
  (directory: string, { size, slots }: Trained): TE.TaskEither<EngineFault, StoredOptimiser | undefined> =>
  async () => {
    const path = join(directory, optimiserFile)
    if (!existsSync(path)) return E.right(undefined)
    const read = await readSafetensors(path)()
    if (E.isLeft(read)) return read
    const { tensors, metadata } = read.right
    const step = Number(metadata.step)
    if (!Number.isInteger(step) || step < 0) return E.left(mismatch(`${path}: its step is "${metadata.step}"`))
    const [had, needed] = [[...tensors.keys()].sort(), [...slots].sort()]
    if (had.join() !== needed.join())
      return E.left(mismatch(`${path} holds the slots [${had.join(', ')}], the optimiser keeps [${needed.join(', ')}]`))
    for (const [name, { data }] of tensors)
      if (data.length !== size)
        return E.left(mismatch(`${path}: ${name} has ${data.length} numbers, the model trains ${size}`))
    return E.right({ step, slots: tensors })
  }
