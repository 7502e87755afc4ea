/** A box of an ISO media file inside a buffer: its content lies in [start, end). */
export interface Box {
  readonly type: string
  readonly start: number
  readonly end: number
}

/** Type, length of the head and length of the whole of the box that starts at `offset`; undefined when it makes no sense. */
export const boxHead = (
  head: Buffer,
  offset: number,
  room: number,
): { readonly type: string; readonly head: number; readonly size: number } | undefined => {
  if (head.length - offset < 8) return undefined
  const short = head.readUInt32BE(offset)
  if (short === 1 && head.length - offset < 16) return undefined
  const length = short === 1 ? 16 : 8
  const size = short === 0 ? room : short === 1 ? Number(head.readBigUInt64BE(offset + 8)) : short
  return size < length || size > room
    ? undefined
    : { type: head.toString('latin1', offset + 4, offset + 8), head: length, size }
}

/** The boxes that lie one after the other in [start, end). */
export const boxesIn = (buffer: Buffer, start: number, end: number): Box[] => {
  const out: Box[] = []
  for (let offset = start; offset < end; ) {
    const head = boxHead(buffer.subarray(0, end), offset, end - offset)
    if (head === undefined) break
    out.push({ type: head.type, start: offset + head.head, end: offset + head.size })
    offset += head.size
  }
  return out
}

/** The box at a path of types below another, the first of each type. */
export const boxAt = (buffer: Buffer, root: Box, path: readonly string[]): Box | undefined =>
  path.reduce<Box | undefined>(
    (box, type) => box && boxesIn(buffer, box.start, box.end).find(b => b.type === type),
    root,
  )
