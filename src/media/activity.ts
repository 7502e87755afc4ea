/** Width and height of the thumbnails that change is measured on, and their bytes: red, green, blue. */
export const thumbnail = { side: 32, bytes: 32 * 32 * 3 }

/** Cells that count: something small that appears changes few of the 1,024. */
const cellsThatCount = 16

/** The middle of whole numbers from −255 to 255, by counting. */
const median = (counts: Uint16Array, total: number): number => {
  let below = 0
  let value = 0
  for (; below + counts[value]! <= total >> 1; value++) below += counts[value]!
  return value - 255
}

/**
 * Measures how much each thumbnail differs from the one before, in [0, 1]; the first gives 0. Of each cell the largest
 * difference among red, green and blue counts, less the median difference of that colour (flicker, exposure); of all
 * cells the mean of the 16 largest.
 */
export const differences = (): ((thumbnail: Uint8Array) => number) => {
  let before: Uint8Array | undefined
  return thumb => {
    const last = before
    before = thumb.slice()
    if (last === undefined) return 0
    const cells = new Uint8Array(thumb.length / 3)
    for (let c = 0; c < 3; c++) {
      const counts = new Uint16Array(511)
      for (let i = c; i < thumb.length; i += 3) {
        const difference = thumb[i]! - last[i]! + 255
        counts[difference] = counts[difference]! + 1
      }
      const usual = median(counts, cells.length)
      for (let i = c, cell = 0; i < thumb.length; i += 3, cell++) {
        const change = Math.min(255, Math.abs(thumb[i]! - last[i]! - usual))
        if (change > cells[cell]!) cells[cell] = change
      }
    }
    return (
      cells
        .sort()
        .subarray(-cellsThatCount)
        .reduce((a, b) => a + b, 0) /
      (255 * cellsThatCount)
    )
  }
}
