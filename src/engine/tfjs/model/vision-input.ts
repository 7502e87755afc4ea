import * as tf from '@tensorflow/tfjs-core'
import type { Patches } from '../../../media/index.ts'
import { segments } from '../tensors/segments.ts'
import type { Qwen25VLConfig } from './config.ts'
import { inverseFrequencies, type Rotation, rotation } from './rotary.ts'
import type { VisionInput } from './vision.ts'
import { type VisionLayout, visionLayout } from './windows.ts'

const ropeTheta = 10_000

/** 2-D rotary angles in window order: half of the frequencies follow the row, half the column. */
const towerRotation = (layout: VisionLayout, headDim: number): Rotation => {
  const quarter = headDim / 4
  const frequencies = inverseFrequencies(headDim / 2, ropeTheta)
  const angles = new Float32Array(layout.patches * 2 * quarter)
  layout.patchesToWindows.forEach((patch, place) => {
    for (let i = 0; i < quarter; i++) {
      const frequency = frequencies[i]!
      angles[place * 2 * quarter + i] = layout.rows[patch]! * frequency
      angles[place * 2 * quarter + quarter + i] = layout.columns[patch]! * frequency
    }
  })
  return rotation(angles, layout.patches, headDim)
}

/** The tensors of some media that the vision tower reads. The caller's to free. */
export const visionInput = (media: readonly Patches[], { vision }: Qwen25VLConfig): VisionInput => {
  const layout = visionLayout(
    media.map(m => m.grid),
    vision,
  )
  const width = vision.inChannels * vision.temporalPatchSize * vision.patchSize ** 2
  const index = (values: Int32Array) => tf.tensor1d(values, 'int32')
  return {
    // Put together by the backend: large arrays of JavaScript call for its collector.
    pixels: tf.tidy(() =>
      tf.concat(
        media.map(({ values }) => tf.tensor2d(values, [values.length / width, width])),
        0,
      ),
    ),
    toWindows: index(layout.patchesToWindows),
    fromWindows: index(layout.patchesFromWindows),
    unitsToWindows: index(layout.unitsToWindows),
    unitsFromWindows: index(layout.unitsFromWindows),
    rotation: towerRotation(layout, vision.hiddenSize / vision.heads),
    windows: segments(layout.windowLengths),
    frames: segments(layout.frameLengths),
  }
}
