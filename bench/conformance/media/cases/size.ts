import { type MediaCase, plain, run, track } from '../case.ts'
import type { Encoding } from '../encode.ts'
import { joined } from '../join.ts'
import { mux } from '../mux.ts'

type Size = readonly [width: number, height: number]
const small: Size = [160, 96]
const large: Size = [320, 192]
const square: Size = [160, 160]

/** Twenty pictures of each size, one after the other. Only the first headers stand in the container. */
const changing = (format: string, encoding: Encoding, sizes: readonly Size[]) => (): Buffer => {
  const parts = sizes.map(([width, height], i) =>
    track({ ...encoding, count: 20, first: 20 * i, width, height, global: i === 0 && format !== 'mpegts' }),
  )
  return mux([joined(parts[0]!, ...parts.slice(1))], { format })
}

const change = (name: string, what: string, format: string, encoding: Encoding, sizes: readonly Size[]): MediaCase => ({
  name,
  why: `${what}: pictures are scaled to the first size, or the change is refused; a refusal names the other size; bytes are never scrambled`,
  make: changing(format, encoding, sizes),
  right: {
    frames: 20 * sizes.length,
    numbers: run(20 * sizes.length),
    size: sizes[0]!,
    refusal: { how: 'may', says: [`${sizes[1]![0]}×${sizes[1]![1]}`], with: { onSizeChange: 'scale' } },
  },
})

/** Clips whose picture size changes in the middle. */
export const sizes: readonly MediaCase[] = [
  change('size_up.mp4', 'from small to large in MP4', 'mp4', plain, [small, large]),
  change('size_down.mp4', 'from large to small in MP4', 'mp4', plain, [large, small]),
  change('size_up.ts', 'from small to large in a transport stream', 'mpegts', plain, [small, large]),
  change('size_down.ts', 'from large to small in a transport stream', 'mpegts', plain, [large, small]),
  change('size_up.mkv', 'from small to large in Matroska', 'matroska', plain, [small, large]),
  change('size_there_and_back.mkv', 'to large and back', 'matroska', plain, [small, large, small]),
  change('size_aspect.ts', 'to another shape', 'mpegts', plain, [small, square]),
  change('size_hevc.mp4', 'HEVC', 'mp4', { encoder: 'libx265' }, [small, large]),
  change('size_vp9.webm', 'VP9', 'webm', { encoder: 'libvpx-vp9' }, [small, large]),
  change('size_mpeg4.avi', 'MPEG-4 part 2 in AVI', 'avi', { encoder: 'mpeg4' }, [small, large]),
  change(
    'size_mjpeg.mov',
    'every JPEG has its own size',
    'mov',
    { encoder: 'mjpeg', layout: { matrix: 'bt601', range: 'full', bits: 8, chroma: '420' } },
    [large, small],
  ),
]
