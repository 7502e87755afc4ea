import { packingOf } from '../tensors/packed.ts'
import type { OptimiserState } from '../train/optimiser.ts'
import type { Piece } from '../train/pieces.ts'

/** How a slot's numbers are kept. */
export type SlotType = 'F32' | 'BF16'

/** What is trained, and what the optimiser keeps of it: what a checkpoint's optimiser must fit. */
export interface Trained {
  /** Parameters in all. */
  readonly size: number
  /** And in each piece, which has a state of its own. */
  readonly pieces: readonly number[]
  readonly slots: ReadonlyMap<string, SlotType>
}

/** By the state of one of the pieces: all have the same slots. */
export const trainedOf = (pieces: readonly Piece[], { slots }: OptimiserState): Trained => ({
  size: pieces.reduce((sum, { size }) => sum + size, 0),
  pieces: pieces.map(({ size }) => size),
  slots: new Map(
    Object.entries(slots).map(([name, slot]) => [name, packingOf(slot) === undefined ? 'F32' : 'BF16'] as const),
  ),
})
