import { matrices, primaries, transfers } from './colour-names.ts'

/** How a stream says its colours are meant, in FFmpeg's names; undefined where it does not say. */
export interface Colour {
  readonly primaries: string | undefined
  readonly transfer: string | undefined
  readonly matrix: string | undefined
  readonly range: 'tv' | 'pc' | undefined
}

/** A colour in numbers of H.273; `range` is 1 for video levels, 2 for full ones. */
export interface ColourCodes {
  readonly primaries: number
  readonly transfer: number
  readonly matrix: number
  readonly range: number
}

/** The colour of such numbers. */
export const colourOf = (codes: ColourCodes): Colour => ({
  primaries: primaries[codes.primaries],
  transfer: transfers[codes.transfer],
  matrix: matrices[codes.matrix],
  range: codes.range === 1 ? 'tv' : codes.range === 2 ? 'pc' : undefined,
})

const known = (name: string | undefined): string | undefined =>
  name === undefined || name === 'unknown' || name === 'reserved' ? undefined : name

const named: ReadonlySet<string> = new Set(Object.values(matrices))

/**
 * The colour that the ffmpeg program writes behind a pixel format: `tv, bt2020nc/bt2020/arib-std-b67, progressive`, or
 * one name where all three are the same.
 */
export const colourInWords = (words: string): Colour => {
  const parts = words.split(', ')
  const three = parts.find(part => part.split('/').length === 3)?.split('/') ?? []
  const one = parts.find(part => named.has(part))
  const [matrix, first, transfer] = one === undefined ? three : [one, one, one]
  return {
    primaries: known(first),
    transfer: known(transfer),
    matrix: known(matrix),
    range: parts.includes('tv') ? 'tv' : parts.includes('pc') ? 'pc' : undefined,
  }
}

/** The matrices that swscale has numbers for; with others a picture would come out in wrong colours, or not at all. */
const convertible: ReadonlySet<string> = new Set([
  'gbr',
  'bt709',
  'fcc',
  'bt470bg',
  'smpte170m',
  'smpte240m',
  'bt2020nc',
])

/** Whether pictures of this colour can be converted to RGB; the matrix of RGB on another pixel format is a wrong tag. */
export const isConvertible = ({ matrix }: Colour, pixelFormat: string): boolean =>
  matrix === undefined ||
  (convertible.has(matrix) && (matrix !== 'gbr' || /rgb|bgr|gbr|pal8|xyz|gray/.test(pixelFormat)))
