/** Bytes that came and are not done with, in one buffer that grows to four times its size, so that each byte is moved twice at most. */
export interface HeldBytes {
  readonly push: (piece: Buffer) => void
  /** All that is held, as it lies in memory until the next piece comes. */
  readonly view: () => Buffer
  /** Gives up the first bytes. */
  readonly drop: (count: number) => void
}

/** Holds nothing yet. A piece that comes when nothing is held is not copied. */
export const heldBytes = (): HeldBytes => {
  let buffer: Buffer = Buffer.alloc(0)
  let [from, to] = [0, 0]
  return {
    push: piece => {
      const size = to - from
      if (size === 0) {
        buffer = piece
        from = 0
      } else if (to + piece.length > buffer.length) {
        const larger = Buffer.allocUnsafe(4 * (size + piece.length))
        buffer.copy(larger, 0, from, to)
        piece.copy(larger, size)
        buffer = larger
        from = 0
      } else piece.copy(buffer, to)
      to = from + size + piece.length
    },
    view: () => buffer.subarray(from, to),
    drop: count => {
      from += count
    },
  }
}
