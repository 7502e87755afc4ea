import * as tf from '@tensorflow/tfjs-core'
import type { Qwen25VLConfig } from 'kinograd/engine/tfjs'
import type { Row } from '../row.ts'
import { median } from './model.ts'

/** Multiplications and additions a second of a product of 1024 × 1024 matrices in float32: the machine's peak as the backend reaches it. */
export const matrixPeak = (): number => {
  const n = 1024
  const a = tf.randomUniform([n, n])
  const seconds = Array.from({ length: 12 }, () => {
    const start = performance.now()
    const c = tf.matMul(a, a)
    c.dataSync()
    c.dispose()
    return (performance.now() - start) / 1000
  })
  a.dispose()
  return (2 * n ** 3) / median(seconds.slice(2))
}

/** Weights of the matrix products that one row of text, and one patch of a clip, passes. */
const perRow = ({ text, vision }: Qwen25VLConfig) => {
  const { hiddenSize: h, heads, kvHeads, headDim, intermediateSize: m, layers } = text
  const attention = h * headDim * (heads + 2 * kvHeads) + heads * headDim * h
  const v = vision.hiddenSize
  const merger = (4 * v * 4 * v + 4 * v * vision.outHiddenSize) / 4
  return {
    text: layers * (attention + 3 * h * m),
    head: h * text.vocabSize,
    patch: 1176 * v + vision.depth * (4 * v * v + 3 * v * vision.intermediateSize) + merger,
  }
}

/**
 * Multiplications and additions of one pass forward that are products of weights: text rows, rows of the head, and patches.
 * Attention itself is left out, so the share of the peak is a little understated.
 */
export const forwardWork = (
  config: Qwen25VLConfig,
  rows: { readonly text: number; readonly head: number; readonly patches: number },
): number => {
  const each = perRow(config)
  return 2 * (rows.text * each.text + rows.head * each.head + rows.patches * each.patch)
}

/** What share of the machine's peak a piece of work reached. */
export const shareOfPeak = (work: number, seconds: number, peak: number): Row => ({
  case: '  share of the matrix-product peak',
  ours: work / seconds / peak,
  peer: null,
  peerName: null,
  ratio: null,
  unit: '',
})
