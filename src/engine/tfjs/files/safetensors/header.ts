import { either as E } from 'fp-ts'
import { brief, parseJson } from '../../../../untrusted/index.ts'
import { sentence } from '../../../text/file-kinds.ts'
import { quantised } from '../foreign-weights.ts'
import { type Dtype, dtypeBytes, isDtype } from './dtype.ts'

/** Where a tensor lies in its file: bytes [begin, end) after the header. */
export interface Entry {
  readonly name: string
  readonly dtype: Dtype
  readonly shape: readonly number[]
  readonly begin: number
  readonly end: number
}

export interface Header {
  /** In the order of the file. */
  readonly entries: readonly Entry[]
  readonly metadata: Readonly<Record<string, string>>
}

/** The format's own limit on the header, bytes; and how much of it is read: a tensor takes a hundred, and models have some thousands. */
export const [headerLimit, headerRead] = [100_000_000, 2 ** 23]

/** Dimensions that a tensor may have. Those of this library have at most 6. */
const mostDimensions = 8

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

const isCount = (x: unknown): x is number => Number.isSafeInteger(x) && (x as number) >= 0

const readEntry = (name: string, value: unknown): E.Either<string, Entry> => {
  const { dtype, shape, data_offsets: offsets } = (value ?? {}) as Record<string, unknown>
  if (typeof dtype === 'string' && dtype.startsWith('F8'))
    return E.left(`${name} has dtype ${brief(dtype)}: ${sentence(quantised({ quant_method: 'fp8' })!)}`)
  if (!isDtype(dtype))
    return E.left(`${name} has dtype ${brief(dtype)}, readable are ${Object.keys(dtypeBytes).join(', ')}`)
  if (!Array.isArray(shape) || shape.length > mostDimensions || !shape.every(isCount))
    return E.left(`${name} has shape ${brief(shape)}, not a list of up to ${mostDimensions} counts`)
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount))
    return E.left(`${name} has data_offsets ${brief(offsets)}, not two counts`)
  const [begin, end] = offsets as [number, number]
  const bytes = shape.reduce((product, n) => product * n, dtypeBytes[dtype])
  return bytes === end - begin
    ? E.right({ name, dtype, shape, begin, end })
    : E.left(`${name} of shape [${shape}] and dtype ${dtype} takes ${bytes} bytes, its offsets span ${end - begin}`)
}

const readMetadata = (value: unknown): E.Either<string, Readonly<Record<string, string>>> => {
  if (value === undefined) return E.right({})
  const fine = typeof value === 'object' && value !== null && Object.values(value).every(v => typeof v === 'string')
  return fine ? E.right(value as Record<string, string>) : E.left('__metadata__ is not an object of texts')
}

/**
 * Reads the JSON of a header against the number of bytes that follow it: known types, sizes that agree with offsets, tensors that
 * follow one another without hole or overlap and end where the file ends. `Left` says what is wrong, with both numbers.
 */
export const parseHeader = (bytes: Uint8Array, dataBytes: number): E.Either<string, Header> => {
  const decoded = E.tryCatch(
    () => utf8.decode(bytes),
    () => `the header of ${bytes.length} bytes is no UTF-8`,
  )
  if (E.isLeft(decoded)) return decoded
  const parsed = E.mapLeft((why: string) => `the header ${why}`)(parseJson(decoded.right))
  if (E.isLeft(parsed)) return parsed
  if (typeof parsed.right !== 'object' || parsed.right === null || Array.isArray(parsed.right))
    return E.left('the header holds no object')
  const tensors = parsed.right as Readonly<Record<string, unknown>>
  const metadata = readMetadata(tensors.__metadata__)
  if (E.isLeft(metadata)) return metadata
  const entries: Entry[] = []
  for (const name of Object.keys(tensors)) {
    if (name === '__metadata__') continue
    const entry = readEntry(name, tensors[name])
    if (E.isLeft(entry)) return entry
    entries.push(entry.right)
  }
  entries.sort((a, b) => a.begin - b.begin || a.end - b.end)
  let at = 0
  for (const { name, begin, end } of entries) {
    if (begin !== at) return E.left(`${name} begins at byte ${begin}, the tensor before it ends at ${at}`)
    at = end
  }
  return at === dataBytes
    ? E.right({ entries, metadata: metadata.right })
    : E.left(`the tensors take ${at} bytes, the file has ${dataBytes} after its header`)
}
