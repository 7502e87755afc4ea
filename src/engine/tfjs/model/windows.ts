import type { Qwen25VLConfig } from './config.ts'

/**
 * How the patches of some media lie in the vision tower (arXiv 2502.13923, section
 * 2.1.1; `get_window_index` and `rot_pos_emb` of transformers' `modeling_qwen2_5_vl.py`). Patches come in merge-block order (grid_t, h/m, w/m, m, m);
 * a merged unit is m·m patches in a row. All numbers count over all media, one after the other.
 */
export interface VisionLayout {
  readonly patches: number
  readonly units: number
  /** Unit that stands at each place of window order, and back: the place of each unit. [units] */
  readonly unitsToWindows: Int32Array
  readonly unitsFromWindows: Int32Array
  /** The same for patches. [patches] */
  readonly patchesToWindows: Int32Array
  readonly patchesFromWindows: Int32Array
  /** Patches of each window in window order: what attends to itself in a windowed block. No window is empty. */
  readonly windowLengths: readonly number[]
  /** Patches of each frame of each medium: what attends to itself in a block of full attention. */
  readonly frameLengths: readonly number[]
  /** Row and column of each patch within its frame, in merge-block order. [patches] */
  readonly rows: Int32Array
  readonly columns: Int32Array
}

/** Units with the window that each stands in: window by window, row by row within it, units numbered in merge-block order. */
const windowsOfFrame = (unitRows: number, unitColumns: number, side: number): readonly (readonly number[])[] => {
  const windows: number[][] = []
  for (let top = 0; top < unitRows; top += side)
    for (let left = 0; left < unitColumns; left += side) {
      const window: number[] = []
      for (let y = top; y < Math.min(unitRows, top + side); y++)
        for (let x = left; x < Math.min(unitColumns, left + side); x++) window.push(y * unitColumns + x)
      windows.push(window)
    }
  return windows
}

const inverted = (order: Int32Array): Int32Array => {
  const inverse = new Int32Array(order.length)
  order.forEach((from, to) => {
    inverse[from] = to
  })
  return inverse
}

const spread = (units: Int32Array, per: number): Int32Array =>
  Int32Array.from({ length: units.length * per }, (_, i) => units[Math.floor(i / per)]! * per + (i % per))

/**
 * Windows, frames and 2-D positions of media with the given grids [t, h, w] in patches (h and w multiples of the merge size).
 * Windows never cross frames; at the right and lower border they are smaller.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { visionLayout } from 'kinograd/engine/tfjs'
 *
 * // Two time steps of 8 × 12 patches: windows of 8 × 8 patches, and at the right border of 8 × 4.
 * const { patches, units, windowLengths, frameLengths } = visionLayout([[2, 8, 12]], { mergeSize: 2, windowSize: 112, patchSize: 14 })
 * assert.deepEqual([patches, units], [192, 48])
 * assert.deepEqual(windowLengths, [64, 32, 64, 32])
 * assert.deepEqual(frameLengths, [96, 96])
 * ```
 */
export const visionLayout = (
  grids: readonly (readonly [t: number, h: number, w: number])[],
  { mergeSize: m, windowSize, patchSize }: Pick<Qwen25VLConfig['vision'], 'mergeSize' | 'windowSize' | 'patchSize'>,
): VisionLayout => {
  const side = Math.floor(windowSize / m / patchSize)
  const per = m * m
  const units = grids.reduce((sum, [t, h, w]) => sum + (t * h * w) / per, 0)
  const unitsToWindows = new Int32Array(units)
  const rows = new Int32Array(units * per)
  const columns = new Int32Array(units * per)
  const windowLengths: number[] = []
  const frameLengths: number[] = []
  let first = 0
  for (const [t, h, w] of grids) {
    const windows = windowsOfFrame(h / m, w / m, side)
    for (let frame = 0; frame < t; frame++) {
      let place = first
      for (const window of windows) {
        for (const unit of window) unitsToWindows[place++] = first + unit
        windowLengths.push(window.length * per)
      }
      for (let patch = 0; patch < h * w; patch++) {
        const [unit, inner] = [Math.floor(patch / per), patch % per]
        rows[first * per + patch] = Math.floor(unit / (w / m)) * m + Math.floor(inner / m)
        columns[first * per + patch] = (unit % (w / m)) * m + (inner % m)
      }
      frameLengths.push(h * w)
      first += (h * w) / per
    }
  }
  const unitsFromWindows = inverted(unitsToWindows)
  return {
    patches: units * per,
    units,
    unitsToWindows,
    unitsFromWindows,
    patchesToWindows: spread(unitsToWindows, per),
    patchesFromWindows: spread(unitsFromWindows, per),
    windowLengths,
    frameLengths,
    rows,
    columns,
  }
}
