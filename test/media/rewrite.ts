/** One entry of an edit list: how long it lasts in ticks of the movie, and where it begins in ticks of the track (−1: nothing is shown). */
export interface Edit {
  readonly duration: number
  readonly from: number
}

const words = (numbers: readonly number[]): Buffer => {
  const out = Buffer.alloc(4 * numbers.length)
  for (const [i, n] of numbers.entries()) out.writeUInt32BE(n >>> 0, 4 * i)
  return out
}

const box = (type: string, content: Buffer): Buffer =>
  Buffer.concat([words([content.length + 8]), Buffer.from(type, 'latin1'), content])

/** A table box: version and flags 0, the count of entries, the entries. */
const table = (type: string, count: number, numbers: readonly number[]): Buffer =>
  box(type, words([0, count, ...numbers]))

/** An edit list around `elst`. */
export const editList = (edits: readonly Edit[]): Buffer =>
  box(
    'edts',
    table(
      'elst',
      edits.length,
      edits.flatMap(({ duration, from }) => [duration, from, 65536]),
    ),
  )

/** A sync table that names these samples, from 1. */
export const syncTable = (samples: readonly number[]): Buffer => table('stss', samples.length, samples)

/** A table of runs: so many samples last so many ticks (`stts`), or are shown so many ticks late (`ctts`). */
export const runTable = (type: 'stts' | 'ctts', runs: readonly (readonly [samples: number, ticks: number])[]): Buffer =>
  table(type, runs.length, runs.flat())

/** Replaces the boxes of one type below a path of types, adds one where there is none, or (undefined) takes them away. */
export const rewritten = (
  file: Buffer,
  path: readonly string[],
  type: string,
  make: ((old: Buffer | undefined) => Buffer) | undefined,
): Buffer => {
  const out: Buffer[] = []
  let found = false
  for (let at = 0; at + 8 <= file.length; ) {
    const size = file.readUInt32BE(at)
    const name = file.toString('latin1', at + 4, at + 8)
    const whole = file.subarray(at, at + size)
    if (path.length > 0 && name === path[0])
      out.push(box(name, rewritten(file.subarray(at + 8, at + size), path.slice(1), type, make)))
    else if (path.length === 0 && name === type) {
      if (make !== undefined && !found) out.push(make(whole.subarray(8)))
      found = true
    } else out.push(whole)
    at += size
  }
  if (path.length === 0 && !found && make !== undefined) out.push(make(undefined))
  return Buffer.concat(out)
}

const track = ['moov', 'trak']
const samples = [...track, 'mdia', 'minf', 'stbl']

/** An MP4 (movie header last, one track) with other edits. */
export const withEdits = (file: Buffer, edits: readonly Edit[] | undefined): Buffer =>
  rewritten(file, track, 'edts', edits && (() => editList(edits)))

/** An MP4 with another table of samples; undefined takes the table away. */
export const withTable = (file: Buffer, type: 'stss' | 'stts' | 'ctts', to: Buffer | undefined): Buffer =>
  rewritten(file, samples, type, to && (() => to))

/** The content of the one box of a type below a path of types. */
const contentOf = (file: Buffer, path: readonly string[], type: string): Buffer => {
  let content: Buffer = Buffer.alloc(16)
  rewritten(file, path, type, old => {
    content = old ?? content
    return box(type, content)
  })
  return content
}

/** Where the first edit of an MP4 begins in ticks of its track. */
export const editStart = (file: Buffer): number => contentOf(file, [...track, 'edts'], 'elst').readUInt32BE(12)

/** An MP4 that declares `more` samples of so many bytes, each lasting `ticks`, behind those that it has in one chunk. */
export const overDeclared = (file: Buffer, more: number, bytes: number, ticks: number): Buffer => {
  const sizes = contentOf(file, samples, 'stsz')
  const times = contentOf(file, samples, 'stts')
  const count = sizes.readUInt32BE(8) + more
  const tables: Record<string, Buffer> = {
    stsz: Buffer.concat([words([0, 0, count]), sizes.subarray(12), words(new Array(more).fill(bytes))]),
    stts: Buffer.concat([words([0, times.readUInt32BE(4) + 1]), times.subarray(8), words([more, ticks])]),
    stsc: words([0, 1, 1, count, 1]),
  }
  return Object.entries(tables).reduce(
    (out, [type, content]) => rewritten(out, samples, type, () => box(type, content)),
    file,
  )
}

/** A file with a box of so many empty bytes behind it. */
export const padded = (file: Buffer, bytes: number): Buffer => Buffer.concat([file, box('free', Buffer.alloc(bytes))])

/** The head of a box of any type that claims so many bytes, with `content` behind it. */
export const claiming = (type: string, bytes: number, content: Buffer): Buffer =>
  Buffer.concat([words([bytes]), Buffer.from(type, 'latin1'), content])

/** A transport stream without its first packets of 188 bytes, but for the tables (PAT, PMT) that it begins with. */
export const cutStream = (file: Buffer, share: number): Buffer => {
  const packets = Math.floor(file.length / 188)
  const from = Math.floor(packets * share)
  const head: Buffer[] = []
  for (let i = 0; i < packets && head.length < 3; i++) {
    const packet = file.subarray(188 * i, 188 * (i + 1))
    const pid = packet.readUInt16BE(1) & 0x1fff
    if (pid === 0 || pid === 17 || pid === 4096) head.push(packet)
  }
  return Buffer.concat([...head, file.subarray(188 * from)])
}
