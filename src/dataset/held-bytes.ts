/** Bytes that came and are not done with, in one buffer that grows to four times its size, so that each byte is moved twice at most. */
export interface HeldBytes {
  /** Takes a piece, which may be overwritten after the next `drop`. */
  readonly push: (piece: Buffer) => void
  /** All that is held, as it lies in memory until the next piece comes. */
  readonly view: () => Buffer
  /** Gives up the first bytes; once after every piece. */
  readonly drop: (count: number) => void
}

/** Holds nothing yet. Of a piece that comes when nothing is held, only what is left of it is copied. */
export const heldBytes = (): HeldBytes => {
  let own: Buffer = Buffer.alloc(0)
  let lent: Buffer | undefined
  let [from, to] = [0, 0]

  /** Makes room behind what is held. */
  const grow = (bytes: number): void => {
    const size = to - from
    if (to + bytes <= own.length) return
    const larger = size + bytes > own.length ? Buffer.allocUnsafe(4 * (size + bytes)) : own
    own.copy(larger, 0, from, to)
    own = larger
    from = 0
    to = size
  }
  return {
    push: piece => {
      if (from === to) {
        lent = piece
        from = 0
        to = piece.length
        return
      }
      grow(piece.length)
      piece.copy(own, to)
      to += piece.length
    },
    view: () => (lent ?? own).subarray(from, to),
    drop: count => {
      from += count
      if (lent === undefined) return
      const rest = lent.subarray(from, to)
      lent = undefined
      from = 0
      to = 0
      grow(rest.length)
      rest.copy(own)
      to = rest.length
    },
  }
}
