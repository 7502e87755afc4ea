/** Rewriting of the boxes of ISO media files (ISO/IEC 14496-12) held in memory. */

/** A box of a type around a body. */
export const box = (type: string, ...bodies: readonly Uint8Array[]): Buffer => {
  const body = Buffer.concat(bodies)
  const head = Buffer.alloc(8)
  head.writeUInt32BE(body.length + 8)
  head.write(type, 4, 'latin1')
  return Buffer.concat([head, body])
}

/** 32-bit numbers, high byte first; negative ones in two's complement. */
export const words = (...numbers: readonly number[]): Buffer => {
  const out = Buffer.alloc(4 * numbers.length)
  for (const [i, number] of numbers.entries()) out.writeUInt32BE(number >>> 0, 4 * i)
  return out
}

interface Found {
  readonly type: string
  readonly body: Buffer
}

/** The boxes that lie side by side in these bytes. */
export const boxesIn = (bytes: Buffer): readonly Found[] => {
  const out: Found[] = []
  for (let offset = 0; offset + 8 <= bytes.length; ) {
    const size = bytes.readUInt32BE(offset)
    if (size < 8 || offset + size > bytes.length) throw new Error(`a box of ${size} bytes at ${offset}`)
    out.push({
      type: bytes.toString('latin1', offset + 4, offset + 8),
      body: bytes.subarray(offset + 8, offset + size),
    })
    offset += size
  }
  return out
}

/** Bytes before the boxes inside: sample entries and their list have fields of their own. */
const headOf = (type: string): number =>
  type === 'stsd'
    ? 8
    : type === 'meta'
      ? 4
      : ['avc1', 'hvc1', 'hev1', 'vp09', 'av01', 'mp4v', 'encv'].includes(type)
        ? 78
        : 0

/**
 * Rewrites the body of every box that the path leads to (`['moov', 'trak', 'edts']`); undefined takes the box away.
 * The files of the suite have their `mdat` before their `moov`, so that no offset changes.
 */
export const rewrite = (
  bytes: Buffer,
  path: readonly string[],
  change: (body: Buffer) => Uint8Array | undefined,
): Buffer => {
  const [first, ...rest] = path
  let seen = false
  const out = boxesIn(bytes).map(({ type, body }) => {
    if (type !== first) return box(type, body)
    seen = true
    const head = headOf(type)
    const changed =
      rest.length === 0
        ? change(body)
        : Buffer.concat([body.subarray(0, head), rewrite(body.subarray(head), rest, change)])
    return changed === undefined ? Buffer.alloc(0) : box(type, changed)
  })
  if (!seen) throw new Error(`there is no box ${first}`)
  return Buffer.concat(out)
}

/** The body of the first box that the path leads to. */
export const bodyOf = (bytes: Buffer, path: readonly string[]): Buffer => {
  let body = bytes
  let head = 0
  for (const type of path) {
    const next = boxesIn(body.subarray(head)).find(found => found.type === type)
    if (next === undefined) throw new Error(`there is no box ${type}`)
    body = next.body
    head = headOf(type)
  }
  return body
}

/** Where the sample tables lie. */
export const sampleTable = ['moov', 'trak', 'mdia', 'minf', 'stbl'] as const

/** An edit: milliseconds of the movie, and the tick of the media at which it begins (−1: nothing is shown). */
export interface Edit {
  readonly milliseconds: number
  readonly from: number
  /** 1 unless given; 0 dwells on one picture. */
  readonly rate?: number
}

/** Gives the first track an edit list. The movie's time scale is FFmpeg's usual 1000. */
export const withEdits = (bytes: Buffer, edits: readonly Edit[], version: 0 | 1 = 0): Buffer => {
  const entries = edits.flatMap(({ milliseconds, from, rate = 1 }) =>
    version === 0 ? [milliseconds, from, rate * 65536] : [0, milliseconds, from < 0 ? -1 : 0, from, rate * 65536],
  )
  const elst = box('elst', words(version << 24, edits.length, ...entries))
  const movie = rewrite(bytes, ['moov', 'trak'], trak =>
    Buffer.concat(
      boxesIn(trak)
        .filter(({ type }) => type !== 'edts')
        .flatMap(({ type, body }) => (type === 'mdia' ? [box('edts', elst), box(type, body)] : [box(type, body)])),
    ),
  )
  const total = edits.reduce((sum, { milliseconds }) => sum + milliseconds, 0)
  const long = (body: Buffer, offset: number) => {
    const changed = Buffer.from(body)
    changed.writeUInt32BE(total, offset)
    return changed
  }
  return rewrite(
    rewrite(movie, ['moov', 'mvhd'], body => long(body, 16)),
    ['moov', 'trak', 'tkhd'],
    body => long(body, 20),
  )
}

/** Times to samples: runs of equally long samples. */
export const withDeltas = (bytes: Buffer, runs: readonly (readonly [count: number, delta: number])[]): Buffer =>
  rewrite(bytes, [...sampleTable, 'stts'], () => words(0, runs.length, ...runs.flat()))

/** The samples said to be sync samples, counted from 1; all of them when undefined. */
export const withSyncs = (bytes: Buffer, syncs: readonly number[] | undefined): Buffer => {
  const body = syncs === undefined ? undefined : words(0, syncs.length, ...syncs)
  return rewrite(bytes, [...sampleTable, 'stss'], () => body)
}

/** The display matrix of the first track: a, b, u, c, d, v, x, y, w as the box has them, in units (w: 1). */
export const withMatrix = (bytes: Buffer, matrix: readonly number[]): Buffer =>
  rewrite(bytes, ['moov', 'trak', 'tkhd'], body =>
    Buffer.concat([
      body.subarray(0, 40),
      words(...matrix.map((entry, i) => Math.round(entry * (i % 3 === 2 ? 2 ** 30 : 2 ** 16)))),
      body.subarray(76),
    ]),
  )

/** Adds boxes to the first track's sample entry. */
export const withInEntry = (bytes: Buffer, entry: string, ...more: readonly Buffer[]): Buffer =>
  rewrite(bytes, [...sampleTable, 'stsd', entry], body => Buffer.concat([body, ...more]))

/** Takes boxes of a type out of the first track's sample entry. */
export const withoutInEntry = (bytes: Buffer, entry: string, type: string): Buffer =>
  rewrite(bytes, [...sampleTable, 'stsd', entry], body =>
    Buffer.concat([
      body.subarray(0, 78),
      ...boxesIn(body.subarray(78)).flatMap(found => (found.type === type ? [] : [box(found.type, found.body)])),
    ]),
  )
