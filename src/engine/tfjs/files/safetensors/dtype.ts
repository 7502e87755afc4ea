/** What a tensor is in memory: floats of any width as float32, integers as int32, bytes as they are. */
export type TensorData = Float32Array | Int32Array | Uint8Array

/** Number types of the format that this library reads and writes, with their bytes. */
export const dtypeBytes = { F32: 4, F16: 2, BF16: 2, I64: 8, I32: 4, U8: 1 } as const
export type Dtype = keyof typeof dtypeBytes

/** Whether the format's name is one that this library reads. */
export const isDtype = (name: unknown): name is Dtype => typeof name === 'string' && Object.hasOwn(dtypeBytes, name)

const f32 = new Float32Array(1)
const bits = new Uint32Array(f32.buffer)

/** IEEE half precision to float32: exact. */
const fromHalf = (h: number): number => {
  const [sign, exponent, fraction] = [h & 0x8000 ? -1 : 1, (h >> 10) & 31, h & 1023]
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN
  return exponent === 0 ? sign * 2 ** -24 * fraction : sign * 2 ** (exponent - 25) * (1024 + fraction)
}

/** Round half to even, as hardware does. */
const roundEven = (x: number): number => {
  const down = Math.floor(x)
  return x - down > 0.5 || (x - down === 0.5 && down % 2 !== 0) ? down + 1 : down
}

const toHalf = (x: number): number => {
  const sign = x < 0 || Object.is(x, -0) ? 0x8000 : 0
  if (Number.isNaN(x)) return 0x7e00
  const size = Math.abs(x)
  if (size >= 65520) return sign | 0x7c00
  const exponent = Math.max(-14, Math.floor(Math.log2(size)))
  const fraction = roundEven(size / 2 ** (exponent - 10))
  // A fraction of 1024 and above carries into the exponent's bits by itself.
  return sign | (size < 2 ** -14 ? fraction : ((exponent + 15) << 10) + (fraction - 1024))
}

const toBrain = (x: number): number => {
  f32[0] = x
  const b = bits[0]!
  return Number.isNaN(x) ? 0x7fc0 : (b + 0x7fff + ((b >>> 16) & 1)) >>> 16
}

/*
 * TensorFlow takes an array over as it stands where it begins at a multiple of 64 bytes, and copies it otherwise. Large blocks come from
 * the system in whole pages, after the 16 bytes of malloc's book.
 */
const [alignment, book] = [64, 16]

/** Room for floats or for words that a backend may take over. */
export const floatRoom = (count: number): Float32Array =>
  new Float32Array(new ArrayBuffer(4 * count + alignment), alignment - book, count)
export const wordRoom = (count: number): Int32Array =>
  new Int32Array(new ArrayBuffer(4 * count + alignment), alignment - book, count)

/** The bytes of numbers, as they stand in memory. */
export const bytesOf = ({ buffer, byteOffset, byteLength }: TensorData): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength)

/** An empty array for `count` values stored as `dtype`. */
export const emptyData = (dtype: Dtype, count: number): TensorData =>
  dtype === 'U8' ? new Uint8Array(count) : dtype[0] === 'I' ? new Int32Array(count) : new Float32Array(count)

/** Whether the values in memory are the bytes in the file (on the little-endian machines that Node runs on). */
export const isPlain = (dtype: Dtype): boolean => dtype === 'F32' || dtype === 'I32' || dtype === 'U8'

/**
 * Decodes stored bytes into `out` from index `at`. An I64 outside int32 returns its index in `out`; else −1.
 */
export const decodeInto = (dtype: Dtype, bytes: Uint8Array, out: TensorData, at: number): number => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const count = bytes.byteLength / dtypeBytes[dtype]
  for (let i = 0; i < count; i++) {
    if (dtype === 'BF16') {
      bits[0] = view.getUint16(2 * i, true) << 16
      out[at + i] = f32[0]!
    } else if (dtype === 'F16') out[at + i] = fromHalf(view.getUint16(2 * i, true))
    else {
      const high = view.getInt32(8 * i + 4, true)
      const low = view.getInt32(8 * i, true)
      if (high !== low >> 31) return at + i
      out[at + i] = low
    }
  }
  return -1
}

/** Encodes values [from, to) as stored bytes; plain types without a copy. */
export const encode = (dtype: Dtype, data: TensorData, from: number, to: number): Uint8Array => {
  if (isPlain(dtype))
    return new Uint8Array(
      data.buffer,
      data.byteOffset + from * data.BYTES_PER_ELEMENT,
      (to - from) * data.BYTES_PER_ELEMENT,
    )
  const out = new Uint8Array((to - from) * dtypeBytes[dtype])
  const view = new DataView(out.buffer)
  for (let i = from; i < to; i++) {
    const x = data[i]!
    if (dtype === 'I64') view.setBigInt64(8 * (i - from), BigInt(x), true)
    else view.setUint16(2 * (i - from), dtype === 'BF16' ? toBrain(x) : toHalf(x), true)
  }
  return out
}
