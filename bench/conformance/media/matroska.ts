/** An EBML element: its id as it stands in the file, a length of eight bytes, a body. */
const element = (id: number, body: Uint8Array): Buffer => {
  const head = Buffer.alloc(12)
  head.writeUInt32BE(id)
  head.writeBigUInt64BE(2n ** 56n + BigInt(body.length), 4)
  const idBytes = id > 0xffffff ? 4 : id > 0xffff ? 3 : id > 0xff ? 2 : 1
  return Buffer.concat([head.subarray(4 - idBytes), body])
}

const segment = Buffer.from([0x18, 0x53, 0x80, 0x67])
const cluster = Buffer.from([0x1f, 0x43, 0xb6, 0x75])

/** Matroska with an attached file before its first cluster. The segment's length has eight bytes, as FFmpeg writes it. */
export const withAttachment = (bytes: Buffer, name: string, type: string, data: Uint8Array): Buffer => {
  const attached = element(
    0x1941a469,
    element(
      0x61a7,
      Buffer.concat([
        element(0x466e, Buffer.from(name)),
        element(0x4660, Buffer.from(type)),
        element(0x465c, data),
        element(0x46ae, Buffer.from([7])),
      ]),
    ),
  )
  const at = bytes.indexOf(cluster)
  const out = Buffer.concat([bytes.subarray(0, at), attached, bytes.subarray(at)])
  const length = bytes.indexOf(segment) + 4
  out.writeBigUInt64BE(out.readBigUInt64BE(length) + BigInt(attached.length), length)
  return out
}
