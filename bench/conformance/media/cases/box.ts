import { box, boxesIn, rewrite, sampleTable, withInEntry, words } from '../boxes.ts'
import { file, type MediaCase, plain, run, showing } from '../case.ts'
import type { Expected } from '../expected.ts'

const clip = (): Buffer => file('mp4', plain)
const whole = showing(run(60))
const noise = (bytes: number): Buffer => Buffer.from(run(bytes).map(i => (i * 7919 + 13) & 255))

/** A box's head alone: what follows is shorter than it says. */
const head = (type: string, bytes: number): Buffer => Buffer.concat([words(bytes), Buffer.from(type, 'latin1')])

/** Adds entries for samples that are not in the file to the tables of sizes and durations. */
const overDeclared = (bytes: Buffer, more: number): Buffer => {
  const sizes = rewrite(bytes, [...sampleTable, 'stsz'], body => {
    const count = body.readUInt32BE(8)
    return Buffer.concat([
      words(0, body.readUInt32BE(4), count + more),
      body.subarray(12),
      words(...Array(more).fill(5000)),
    ])
  })
  const durations = rewrite(sizes, [...sampleTable, 'stts'], body =>
    Buffer.concat([words(0, body.readUInt32BE(4) + 1), body.subarray(8), words(more, 512)]),
  )
  // The one chunk holds the added samples as well, behind the others.
  return rewrite(durations, [...sampleTable, 'stsc'], () => words(0, 1, 1, 60 + more, 1))
}

/** The media data box without a size of its own, at the end: it reaches to the end of the file. */
const openEnded = (bytes: Buffer): Buffer => {
  const kinds = boxesIn(bytes)
  const before = kinds.filter(({ type }) => type !== 'mdat' && type !== 'free').map(({ type, body }) => box(type, body))
  const data = kinds.find(({ type }) => type === 'mdat')!.body
  const ahead = Buffer.concat(before)
  return Buffer.concat([moved(ahead, ahead.length + 8), words(0), Buffer.from('mdat'), data])
}

/** With a 64-bit size of the media data. */
const wideSize = (bytes: Buffer): Buffer => {
  const kinds = boxesIn(bytes)
  const data = kinds.find(({ type }) => type === 'mdat')!.body
  const first = box(kinds[0]!.type, kinds[0]!.body)
  const rest = kinds.filter(({ type }) => type === 'moov').map(({ type, body }) => box(type, body))
  return Buffer.concat([
    first,
    words(1),
    Buffer.from('mdat'),
    words(0, data.length + 16),
    data,
    ...rest.map(movie => moved(movie, first.length + 16)),
  ])
}

/** The chunk offset of the one chunk set. */
const moved = (bytes: Buffer, offset: number): Buffer =>
  rewrite(bytes, [...sampleTable, 'stco'], () => words(0, 1, offset))

const tail = (name: string, why: string, ...more: readonly Buffer[]): MediaCase => ({
  name,
  why,
  make: () => Buffer.concat([clip(), ...more]),
  right: whole,
})

const changed = (name: string, why: string, make: () => Buffer, right: Expected = whole): MediaCase => ({
  name,
  why,
  make,
  right,
})

/** Boxes that are unknown, unusual or behind the last one, and tables that promise too much. */
export const boxes: readonly MediaCase[] = [
  tail('tail_one_byte.mp4', 'one byte behind the last box', Buffer.from([0])),
  tail('tail_seven.mp4', 'seven bytes behind the last box: less than a head', Buffer.from('padding')),
  tail('tail_zeros.mp4', 'a thousand zeros behind the last box', Buffer.alloc(1000)),
  tail('tail_noise.mp4', 'bytes without a meaning behind the last box', noise(500)),
  tail('tail_huge_claim.mp4', 'a head of an unknown box that claims two gigabytes', head('junk', 2 ** 31), noise(100)),
  tail('tail_text.mp4', 'a line of text behind the last box', Buffer.from('\r\n--boundary--\r\n')),
  tail('box_unknown_last.mp4', 'a whole unknown box behind the others', box('kngr', noise(200))),
  tail('box_free_last.mp4', 'free space behind the others', box('free', Buffer.alloc(300))),
  tail('box_uuid_last.mp4', 'a box of a vendor behind the others', box('uuid', noise(16), noise(80))),
  changed('box_unknown_first.mp4', 'an unknown box before the movie header', () =>
    rewriteAfterData(clip(), box('kngr', noise(64))),
  ),
  changed('box_in_movie.mp4', 'an unknown box in the movie header', () =>
    rewrite(clip(), ['moov'], body => Buffer.concat([body, box('kngr', noise(64))])),
  ),
  changed('box_in_track.mp4', 'an unknown box at the head of the track', () =>
    rewrite(clip(), ['moov', 'trak'], body => Buffer.concat([box('kngr', noise(64)), body])),
  ),
  changed('box_in_table.mp4', 'an unknown box among the sample tables', () =>
    rewrite(clip(), [...sampleTable], body => Buffer.concat([box('kngr', noise(64)), body])),
  ),
  changed('box_in_entry.mp4', 'an unknown box in the sample entry', () =>
    withInEntry(clip(), 'avc1', box('kngr', noise(64))),
  ),
  changed('box_open_ended.mp4', 'media data without a size reach to the end of the file', () => openEnded(clip())),
  changed('box_wide_size.mp4', 'media data with a 64-bit size', () => wideSize(clip())),
  changed('box_no_edits.mp4', 'B pictures without an edit list: the first one is shown late, none is lost', () =>
    rewrite(clip(), ['moov', 'trak', 'edts'], () => undefined),
  ),
  changed('over_one.mp4', 'one sample more than there is', () => overDeclared(clip(), 1)),
  changed('over_many.mp4', 'forty samples more than there are', () => overDeclared(clip(), 40)),
  changed('over_simple.mp4', 'ten samples too many, no B pictures', () => overDeclared(file('mp4', { gop: 12 }), 10)),
  changed('over_hevc.mp4', 'ten samples of HEVC too many', () =>
    overDeclared(file('mp4', { encoder: 'libx265', gop: 12 }), 10),
  ),
  changed('front.mp4', 'the movie header stands before the media data', () =>
    file('mp4', plain, { options: { movflags: 'faststart' } }),
  ),
  changed('fragments.mp4', 'fragments, one a key picture', () =>
    file('mp4', plain, { options: { movflags: 'frag_keyframe+empty_moov' } }),
  ),
  changed('fragments_tail.mp4', 'fragments, and bytes behind the last box', () =>
    Buffer.concat([file('mp4', plain, { options: { movflags: 'frag_keyframe+empty_moov' } }), noise(77)]),
  ),
  changed('tail.mkv', 'bytes behind the end of a Matroska file', () =>
    Buffer.concat([file('matroska', plain), noise(300)]),
  ),
  changed('tail.avi', 'bytes behind the end of an AVI', () =>
    Buffer.concat([file('avi', { encoder: 'mpeg4' }), noise(300)]),
  ),
  changed('tail.ts', 'part of a packet behind the end of a transport stream', () =>
    Buffer.concat([file('mpegts', plain), noise(100)]),
  ),
]

/** The file with bytes between its media data and its movie header. */
const rewriteAfterData = (bytes: Buffer, more: Buffer): Buffer =>
  Buffer.concat(
    boxesIn(bytes).flatMap(({ type, body }) => (type === 'moov' ? [more, box(type, body)] : [box(type, body)])),
  )
