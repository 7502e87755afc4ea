import type { AVColorPrimaries, AVColorSpace, AVColorTransferCharacteristic } from 'node-av/constants'
import { av } from '../av.ts'
import { colourAt, type Rgb } from '../bars.ts'
import { box, withInEntry, withoutInEntry } from '../boxes.ts'
import { file, type MediaCase, run, showing } from '../case.ts'
import type { Encoding } from '../encode.ts'
import type { Coding } from '../yuv.ts'

/** Colours as drawn, of bars, ground and box in the first picture and in one with light bars. */
const asDrawn = (picture: number): Readonly<Record<string, Rgb>> =>
  Object.fromEntries(
    [
      [8, 24],
      [40, 24],
      [150, 24],
      [12, 72],
      [80, 72],
      [124, 80],
    ].map(([x = 0, y = 0]) => [`${x},${y}`, colourAt(picture, x, y, 160, 96)]),
  )

const right = (more: object = {}) => showing(run(12), { pixelsOfFrame: { '0': asDrawn(0), '7': asDrawn(7) }, ...more })

/** Colour tags of a stream. */
const tags = (
  primaries: AVColorPrimaries,
  transfer: AVColorTransferCharacteristic,
  matrix: AVColorSpace,
): NonNullable<Encoding['tags']> => ({ primaries, transfer, matrix })

const hlg = tags(av.AVCOL_PRI_BT2020, av.AVCOL_TRC_ARIB_STD_B67, av.AVCOL_SPC_BT2020_NCL)
const pq = tags(av.AVCOL_PRI_BT2020, av.AVCOL_TRC_SMPTE2084, av.AVCOL_SPC_BT2020_NCL)
const p3 = tags(av.AVCOL_PRI_SMPTE432, av.AVCOL_TRC_IEC61966_2_1, av.AVCOL_SPC_BT709)
const coding = (matrix: Coding['matrix'], more: Partial<Coding> = {}): Coding => ({
  matrix,
  range: 'limited',
  bits: 8,
  chroma: '420',
  ...more,
})

const asTagged = 'the matrix and the range are undone as tagged, primaries and transfer stay: what was drawn comes back'

const tagged = (name: string, format: string, what: string, encoding: Encoding, clip: object = {}): MediaCase => ({
  name,
  why: `${what}: ${asTagged}`,
  make: () => file(format, { count: 12, ...encoding }),
  right: right({ clip }),
})

/** A `colr` box of kind nclx: primaries, transfer and matrix by the numbers of H.273, and whether the range is full. */
const nclx = (primaries: number, transfer: number, matrix: number, full: boolean): Buffer =>
  box('colr', Buffer.from('nclx'), Buffer.from([0, primaries, 0, transfer, 0, matrix, full ? 128 : 0]))

const x265 = { encoder: 'libx265' }
const clipFacts = (primaries: string, transfer: string, range = 'tv') => ({ primaries, transfer, range })

/** The stream is tagged BT.709, its colr box HLG in full range: pictures are converted by the stream's word. */
const contradicted = (name: string, entry: string, encoding: Encoding): MediaCase => ({
  name,
  why: `the colr box contradicts the stream, whose word counts: ${asTagged}`,
  make: () => {
    const bt709 = tags(av.AVCOL_PRI_BT709, av.AVCOL_TRC_BT709, av.AVCOL_SPC_BT709)
    const whole = file('mp4', { ...encoding, count: 12, layout: coding('bt709'), tags: bt709 })
    return withInEntry(withoutInEntry(whole, entry, 'colr'), entry, nclx(9, 18, 9, true))
  },
  right: right({ clip: clipFacts('bt709', 'bt709') }),
})

/** Colour tags: how they are stated, in which codec and container. */
export const colour: readonly MediaCase[] = [
  tagged(
    'col_hlg_8bit.mp4',
    'mp4',
    'HLG in 8 bits',
    { layout: coding('bt2020'), tags: hlg },
    clipFacts('bt2020', 'arib-std-b67'),
  ),
  tagged(
    'col_hlg_10bit.mp4',
    'mp4',
    'HLG in 10 bits, HEVC',
    { ...x265, layout: coding('bt2020', { bits: 10 }), tags: hlg },
    clipFacts('bt2020', 'arib-std-b67'),
  ),
  tagged(
    'col_pq_10bit.mkv',
    'matroska',
    'PQ (HDR10) in 10 bits, HEVC',
    { ...x265, layout: coding('bt2020', { bits: 10 }), tags: pq },
    clipFacts('bt2020', 'smpte2084'),
  ),
  tagged(
    'col_pq_8bit.ts',
    'mpegts',
    'PQ in a transport stream',
    { layout: coding('bt2020'), tags: pq },
    clipFacts('bt2020', 'smpte2084'),
  ),
  tagged('col_hlg_vp9.webm', 'webm', 'HLG that Matroska states, VP9', {
    encoder: 'libvpx-vp9',
    layout: coding('bt2020'),
    tags: hlg,
  }),
  tagged('col_hlg_av1.mp4', 'mp4', 'HLG in AV1', { encoder: 'libsvtav1', layout: coding('bt2020'), tags: hlg }),
  tagged(
    'col_bt2020_sdr.mp4',
    'mp4',
    'BT.2020 with an ordinary transfer',
    { layout: coding('bt2020'), tags: tags(av.AVCOL_PRI_BT2020, av.AVCOL_TRC_BT2020_10, av.AVCOL_SPC_BT2020_NCL) },
    clipFacts('bt2020', 'bt2020-10'),
  ),
  tagged(
    'col_p3.mp4',
    'mp4',
    'Display P3 as telephones film it',
    { layout: coding('bt709'), tags: p3 },
    clipFacts('smpte432', 'iec61966-2-1'),
  ),
  tagged(
    'col_p3_hevc.mov',
    'mov',
    'Display P3, HEVC in MOV',
    { ...x265, layout: coding('bt709'), tags: p3 },
    clipFacts('smpte432', 'iec61966-2-1'),
  ),
  tagged(
    'col_bt709.mp4',
    'mp4',
    'BT.709',
    { layout: coding('bt709'), tags: tags(av.AVCOL_PRI_BT709, av.AVCOL_TRC_BT709, av.AVCOL_SPC_BT709) },
    clipFacts('bt709', 'bt709'),
  ),
  tagged('col_smpte240m.mkv', 'matroska', 'SMPTE 240M', {
    layout: coding('smpte240m'),
    tags: tags(av.AVCOL_PRI_SMPTE240M, av.AVCOL_TRC_SMPTE240M, av.AVCOL_SPC_SMPTE240M),
  }),
  tagged('col_fcc.mp4', 'mp4', 'the matrix of the FCC', {
    layout: coding('fcc'),
    tags: tags(av.AVCOL_PRI_BT470M, av.AVCOL_TRC_GAMMA22, av.AVCOL_SPC_FCC),
  }),
  tagged('col_linear.mp4', 'mp4', 'linear light with primaries of BT.709', {
    layout: coding('bt709'),
    tags: tags(av.AVCOL_PRI_BT709, av.AVCOL_TRC_LINEAR, av.AVCOL_SPC_BT709),
  }),
  tagged('col_full_range.mp4', 'mp4', 'full range', { layout: coding('bt601', { range: 'full' }) }),
  tagged('col_full_hlg.mp4', 'mp4', 'full range with the tags of HLG', {
    layout: coding('bt2020', { range: 'full' }),
    tags: hlg,
  }),
  tagged('col_untagged.mp4', 'mp4', 'no tags: BT.601 is taken', { layout: coding('bt601') }),
  tagged('col_mjpeg.avi', 'avi', 'Motion JPEG: full range, no tags', {
    encoder: 'mjpeg',
    layout: coding('bt601', { range: 'full' }),
    options: { flags: '+qscale', global_quality: '236' },
  }),
  tagged('col_444.mp4', 'mp4', 'four chroma samples a pixel with the tags of BT.709', {
    layout: coding('bt709', { chroma: '444' }),
    tags: tags(av.AVCOL_PRI_BT709, av.AVCOL_TRC_BT709, av.AVCOL_SPC_BT709),
  }),
  tagged('col_rgb.avi', 'avi', 'RGB in planes (Ut Video)', { encoder: 'utvideo', layout: 'gbrp' }),
  tagged('col_png.mov', 'mov', 'RGB in bytes (PNG pictures)', { encoder: 'png', layout: 'rgb24' }),
  tagged(
    'col_rgb_pq.mp4',
    'mp4',
    'RGB with primaries and transfer of HDR; the stream says full range, its colr box does not',
    {
      encoder: 'libx264rgb',
      layout: 'rgb24',
      tags: tags(av.AVCOL_PRI_BT2020, av.AVCOL_TRC_SMPTE2084, av.AVCOL_SPC_RGB),
    },
    clipFacts('bt2020', 'smpte2084', 'pc'),
  ),
  contradicted('col_box_against.mp4', 'avc1', {}),
  contradicted('col_box_against_hevc.mp4', 'hev1', x265),
  {
    name: 'col_only_in_box.mp4',
    why: `tags of HLG in the container's colr box alone: ${asTagged}`,
    make: () =>
      withInEntry(
        withoutInEntry(file('mp4', { count: 12, layout: coding('bt2020') }), 'avc1', 'colr'),
        'avc1',
        nclx(9, 18, 9, false),
      ),
    right: right({ clip: clipFacts('bt2020', 'arib-std-b67') }),
  },
  {
    name: 'col_box_unknown.mp4',
    why: 'a colr box of a kind that nobody knows is passed over',
    make: () =>
      withInEntry(
        file('mp4', { count: 12, layout: coding('bt601') }),
        'avc1',
        box('colr', Buffer.from('kngr'), Buffer.alloc(20, 7)),
      ),
    right: right(),
  },
]
