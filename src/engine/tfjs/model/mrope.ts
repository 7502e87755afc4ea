import type { Qwen25VLConfig } from './config.ts'
import { inverseFrequencies, type Rotation, rotation } from './rotary.ts'

type TextConfig = Qwen25VLConfig['text']

/**
 * Rotation of rows by their positions [3, rows] along time, height and width: section by section a frequency takes the position along
 * one axis (Wang et al. 2024, "Qwen2-VL", arXiv 2409.12191, section 2.1, figure 3; `apply_multimodal_rotary_pos_emb` of transformers).
 */
export const mropeRotation = (positions: Int32Array, { headDim, ropeTheta, mropeSection }: TextConfig): Rotation => {
  const [rows, half] = [positions.length / 3, headDim / 2]
  const frequencies = inverseFrequencies(headDim, ropeTheta)
  const axisOf = mropeSection.flatMap((size, axis) => Array<number>(size).fill(axis))
  const angles = new Float32Array(rows * half)
  for (let r = 0; r < rows; r++)
    for (let i = 0; i < half; i++) angles[r * half + i] = positions[axisOf[i]! * rows + r]! * frequencies[i]!
  return rotation(angles, rows, headDim)
}

/** Rotation of rows whose three positions are all equal: text. */
export const textRotation = (positions: Int32Array, text: TextConfig): Rotation => {
  const rows = positions.length
  const three = new Int32Array(rows * 3)
  for (let axis = 0; axis < 3; axis++) three.set(positions, axis * rows)
  return mropeRotation(three, text)
}
