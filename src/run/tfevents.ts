import { crc32c } from './crc32c.ts'

/** One number at one step, as TensorBoard shows it. */
export interface Scalar {
  readonly tag: string
  readonly step: number
  /** Seconds since 1970. */
  readonly wallTime: number
  readonly value: number
}

const varint = (value: number): number[] => {
  const bytes: number[] = []
  for (let rest = BigInt(value); ; rest >>= 7n) {
    const low = Number(rest & 127n)
    if (rest < 128n) return [...bytes, low]
    bytes.push(low | 128)
  }
}

const lengthed = (field: number, bytes: Uint8Array): Uint8Array =>
  Buffer.concat([Uint8Array.from([(field << 3) | 2, ...varint(bytes.length)]), bytes])

const double = (field: number, value: number): Uint8Array => {
  const bytes = Buffer.alloc(9)
  bytes[0] = (field << 3) | 1
  bytes.writeDoubleLE(value, 1)
  return bytes
}

const float = (field: number, value: number): Uint8Array => {
  const bytes = Buffer.alloc(5)
  bytes[0] = (field << 3) | 5
  bytes.writeFloatLE(value, 1)
  return bytes
}

const masked = (bytes: Uint8Array): Uint8Array => {
  const crc = crc32c(bytes)
  const sum = Buffer.alloc(4)
  sum.writeUInt32LE((((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0)
  return sum
}

const framed = (event: Uint8Array): Uint8Array => {
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(event.length))
  return Buffer.concat([length, masked(length), event, masked(event)])
}

/** The record that every event file begins with. */
export const eventFileHeader = (wallTime: number): Uint8Array =>
  framed(Buffer.concat([double(1, wallTime), lengthed(3, Buffer.from('brain.Event:2'))]))

/**
 * One scalar as a record of a TensorBoard event file: length, masked CRC-32C, `Event { wall_time = 1, step = 2,
 * summary = 5 { value = 1 { tag = 1, simple_value = 2 } } }`, masked CRC-32C. Values are 32-bit floats; steps are not
 * negative. Source: tensorflow/core/util/event.proto, summary.proto and lib/io/record_writer.cc. A run folder has such a
 * file already; this is for one of one's own.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { eventFileHeader, scalarEvent } from 'kinograd/run'
 *
 * const file = Buffer.concat([eventFileHeader(1.5), scalarEvent({ tag: 'reward', step: 1, wallTime: 2.5, value: 0.25 })])
 * assert(file.includes('reward'))
 * ```
 */
export const scalarEvent = ({ tag, step, wallTime, value }: Scalar): Uint8Array => {
  const entry = Buffer.concat([lengthed(1, Buffer.from(tag)), float(2, value)])
  const time = double(1, wallTime)
  const stepField = Uint8Array.from([2 << 3, ...varint(step)])
  return framed(Buffer.concat([time, stepField, lengthed(5, lengthed(1, entry))]))
}
