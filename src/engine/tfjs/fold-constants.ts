import * as tf from '@tensorflow/tfjs-core'
import { type HalfTurn, halfTurn } from './rotary.ts'

/** What folding a layer's queries and keys needs: made once a model. */
export interface FoldConstants {
  readonly turn: HalfTurn
  /** 1/√headDim for queries, 1 for keys. [(heads + kvHeads) · headDim] */
  readonly scale: tf.Tensor1D
}

export const foldConstants = (heads: number, kvHeads: number, headDim: number): FoldConstants => ({
  turn: halfTurn(heads + kvHeads, headDim),
  scale: tf.tensor1d(
    Float32Array.from({ length: (heads + kvHeads) * headDim }, (_, i) => (i < heads * headDim ? headDim ** -0.5 : 1)),
  ),
})

export const disposeFoldConstants = ({ turn, scale }: FoldConstants): void =>
  tf.dispose([turn.index, turn.inverse, turn.sign, scale])
