/** Measures how much each thumbnail differs from the one before: mean absolute difference over 255; the first gives 0. */
export const differences = (): ((thumbnail: Uint8Array) => number) => {
  let before: Uint8Array | undefined
  return thumbnail => {
    const last = before
    before = thumbnail.slice()
    if (last === undefined) return 0
    let sum = 0
    for (let i = 0; i < thumbnail.length; i++) sum += Math.abs((thumbnail[i] as number) - (last[i] as number))
    return sum / (255 * thumbnail.length)
  }
}
