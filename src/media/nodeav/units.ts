/** Tells something of a unit that lies within bytes: a NAL unit, or what follows a start code of MPEG. */
export type UnitTest = (bytes: Buffer, start: number, end: number) => boolean

/** Whether any unit of a packet, each behind its length in `size` bytes, passes a test; false where lengths make no sense. */
export const someMeasured = (data: Buffer, size: number, test: UnitTest): boolean => {
  for (let offset = 0; offset + size < data.length; ) {
    const start = offset + size
    const end = start + data.readUIntBE(offset, size)
    if (end > data.length || end === start) return false
    if (test(data, start, end)) return true
    offset = end
  }
  return false
}

const startCode = Buffer.from([0, 0, 1])

/** Whether any unit behind a start code (00 00 01) passes a test. */
export const someMarked = (data: Buffer, test: UnitTest): boolean => {
  for (let code = data.indexOf(startCode); code >= 0; ) {
    const next = data.indexOf(startCode, code + 3)
    if (code + 3 < data.length && test(data, code + 3, next < 0 ? data.length : next)) return true
    code = next
  }
  return false
}
