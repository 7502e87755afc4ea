import { existsSync } from 'node:fs'
import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import { either as E, type taskEither as TE } from 'fp-ts'
import type { EngineFault } from '../../engine.ts'
import type { OptimiserState } from '../train/optimiser.ts'
import { mismatch } from './faults.ts'
import { optimiserFile } from './parts.ts'
import { type PromisedTensor, readSafetensors, type StoredTensor, writeSafetensors } from './safetensors.ts'
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

/** What the file promises is the state of what is trained: just its slots, and each with so many numbers. */
const fitsTrained =
  (path: string, { size, slots }: Trained) =>
  (promised: ReadonlyMap<string, PromisedTensor>): E.Either<EngineFault, void> => {
    const [had, needed] = [[...promised.keys()].sort(), [...slots].sort()]
    if (had.join() !== needed.join())
      return E.left(mismatch(`${path} holds the slots [${had.join(', ')}], the optimiser keeps [${needed.join(', ')}]`))
    for (const [name, { shape }] of promised) {
      const count = shape.reduce((product, n) => product * n, 1)
      if (count !== size) return E.left(mismatch(`${path}: ${name} has ${count} numbers, the model trains ${size}`))
    }
    return E.right(undefined)
  }

/** The optimiser's state beside the weights, when there is one: just its slots, and each with `size` numbers. */
export const readStoredOptimiser =
  (directory: string, trained: Trained): TE.TaskEither<EngineFault, StoredOptimiser | undefined> =>
  async () => {
    const path = join(directory, optimiserFile)
    if (!existsSync(path)) return E.right(undefined)
    const read = await readSafetensors(path, { fits: fitsTrained(path, trained) })()
    if (E.isLeft(read)) return read
    const { tensors, metadata } = read.right
    const step = Number(metadata.step)
    return Number.isInteger(step) && step >= 0
      ? E.right({ step, slots: tensors })
      : E.left(mismatch(`${path}: its step is "${metadata.step}"`))
  }
