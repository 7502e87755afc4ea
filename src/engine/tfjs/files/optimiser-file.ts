import { existsSync } from 'node:fs'
import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import { either as E, type taskEither as TE } from 'fp-ts'
import type { EngineFault } from '../../engine.ts'
import { brainOf, nearestBrain } from '../tensors/narrow.ts'
import { numbersFrom } from '../tensors/numbers.ts'
import { packingOf } from '../tensors/packed.ts'
import { unpack } from '../tensors/unpack.ts'
import { uploaded } from '../tensors/uploaded.ts'
import type { OptimiserState } from '../train/optimiser.ts'
import { mismatch } from './faults.ts'
import { optimiserFile } from './parts.ts'
import { bytesOf, floatRoom } from './safetensors/dtype.ts'
import type { Readable, TensorInParts } from './safetensors/file.ts'
import { visitSafetensors } from './safetensors/read.ts'
import { type PromisedTensor, readSafetensors, writeSafetensors } from './safetensors.ts'
import type { SlotType, Trained } from './trained.ts'

const countOf = (shape: readonly number[]): number => shape.reduce((product, n) => product * n, 1)

/** A slot of all pieces as one tensor of a file. Of packed numbers the file has what stands in memory. */
const slotOf = (states: readonly OptimiserState[], name: string): TensorInParts => {
  const parts = states.map(({ slots }) => slots[name]!)
  const sizes = parts.map(part => packingOf(part)?.shape[0] ?? part.size)
  const brain = parts.some(part => packingOf(part) !== undefined)
  return {
    shape: [sizes.reduce((sum, size) => sum + size, 0)],
    dtype: brain ? 'BF16' : 'F32',
    *parts() {
      for (const [i, part] of parts.entries()) {
        const numbers = numbersFrom(() => part.dataSync<'int32' | 'float32'>())
        yield bytesOf(numbers).subarray(0, (brain ? 2 : 4) * sizes[i]!)
      }
    },
  }
}

/**
 * Writes `optimiser.safetensors`: a flat vector a slot, in the type in which the optimiser keeps it, and the step as metadata. Memory: one
 * piece of one slot beside the states.
 */
export const writeOptimiser = (
  directory: string,
  states: readonly OptimiserState[],
): TE.TaskEither<EngineFault, void> => {
  const { step = 0, slots = {} } = states[0] ?? {}
  return writeSafetensors(
    join(directory, optimiserFile),
    new Map(Object.keys(slots).map(name => [name, slotOf(states, name)])),
    { step: String(step) },
  )
}

/** Types in which a slot is read. */
const readable = ['F32', 'BF16'] as const

/** What the file promises is the state of what is trained: just its slots, and each with so many numbers. */
const fitsTrained =
  (path: string, { size, slots }: Trained) =>
  (promised: ReadonlyMap<string, PromisedTensor>): E.Either<EngineFault, void> => {
    const [had, needed] = [[...promised.keys()].sort(), [...slots.keys()].sort()]
    if (had.join() !== needed.join())
      return E.left(mismatch(`${path} holds the slots [${had.join(', ')}], the optimiser keeps [${needed.join(', ')}]`))
    for (const [name, { shape, dtype }] of promised) {
      const count = countOf(shape)
      if (count !== size) return E.left(mismatch(`${path}: ${name} has ${count} numbers, the model trains ${size}`))
      if (!readable.some(type => type === dtype))
        return E.left(mismatch(`${path}: ${name} has dtype ${dtype}, readable are ${readable.join(', ')}`))
    }
    return E.right(undefined)
  }

/** Numbers of a slot from a place on, as the optimiser keeps them. Those of another type are converted: to 16 bits, half to even. */
const readPiece = async (
  { entry: { dtype }, fill }: Readable,
  from: number,
  size: number,
  kept: SlotType,
): Promise<E.Either<string, tf.Tensor1D>> => {
  if (dtype === 'BF16') {
    const words = new Int32Array(Math.ceil(size / 2))
    const filled = await fill(bytesOf(words).subarray(0, 2 * size), 2 * from)
    return E.map(() =>
      kept === 'BF16' ? brainOf(words, size) : uploaded(tf.tensor1d(unpack(words, 'BF16', [size]), 'float32')),
    )(filled)
  }
  const values = floatRoom(size)
  const filled = await fill(bytesOf(values), 4 * from)
  return E.map(() => (kept === 'BF16' ? nearestBrain(values) : uploaded(tf.tensor1d(values, 'float32'))))(filled)
}

/**
 * The optimiser's states beside the weights, one for each piece, when there are some: just its slots, and each with as many numbers as are
 * trained. They are the caller's to free. Memory: one piece of one slot beside them.
 */
export const readOptimiser =
  (directory: string, trained: Trained): TE.TaskEither<EngineFault, readonly OptimiserState[] | undefined> =>
  async () => {
    const path = join(directory, optimiserFile)
    if (!existsSync(path)) return E.right(undefined)
    const head = await readSafetensors(path, { wants: () => false })()
    if (E.isLeft(head)) return head
    const step = Number(head.right.metadata.step)
    const slots = trained.pieces.map((): Record<string, tf.Tensor1D> => ({}))
    const visited = await visitSafetensors(path, fitsTrained(path, trained), async tensor => {
      const { name } = tensor.entry
      let from = 0
      for (const [i, size] of trained.pieces.entries()) {
        const piece = await readPiece(tensor, from, size, trained.slots.get(name)!)
        if (E.isLeft(piece)) return piece
        slots[i]![name] = piece.right
        from += size
      }
      return E.right(undefined)
    })()
    const failed =
      Number.isInteger(step) && step >= 0
        ? visited
        : E.left(mismatch(`${path}: its step is "${head.right.metadata.step}"`))
    if (E.isRight(failed)) return E.right(slots.map(own => ({ step, slots: own })))
    tf.dispose(slots)
    return failed
  }
