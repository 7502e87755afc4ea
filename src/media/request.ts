import { either as E } from 'fp-ts'
import { fault } from '../flow/index.ts'
import type { Info } from './info.ts'
import type { Limits } from './limits.ts'
import type { Frames, MediaFault } from './types.ts'

/** The ticks of the frames asked for, in the order asked. `BadSampling` outside the clip, `TooLarge` beyond the byte limit. */
export const wantedTicks = (
  { clip, line }: Info,
  indices: readonly number[],
  limits: Limits,
): E.Either<MediaFault, readonly number[]> => {
  const bytes = indices.length * clip.width * clip.height * 3
  if (bytes > limits.bytes)
    return E.left(
      fault(
        'TooLarge',
        `${clip.path}: ${indices.length} frames of ${clip.width}×${clip.height} are ${bytes} bytes, the limit is ${limits.bytes}`,
        'Ask for fewer frames or raise limits.bytes.',
      ),
    )
  const ticks: number[] = []
  for (const index of indices) {
    const tick = line.pts[index]
    if (tick === undefined)
      return E.left(
        fault(
          'BadSampling',
          `${clip.path} has frames 0 to ${line.pts.length - 1}, asked for ${index}`,
          'Sample within the clip.',
        ),
      )
    ticks.push(tick)
  }
  return E.right(ticks)
}

/** The frames that a call decodes, each once, and where they go. */
export interface Request {
  /** Distinct ticks, ascending. */
  readonly ticks: readonly number[]
  /** Place of each of them in `data`. */
  readonly places: ReadonlyMap<number, number>
  /** [distinct frames, height, width, 3]. */
  readonly data: Uint8Array
  /** Ticks of frames that may show damage, added to while decoding. */
  readonly damaged: Set<number>
  /** Ticks of frames whose pictures were scaled to the clip's size, added to while decoding. */
  readonly resized: Set<number>
}

/** Room for the frames of these ticks. */
export const requested = ({ clip }: Info, ticks: readonly number[]): Request => {
  const distinct = [...new Set(ticks)].sort((a, b) => a - b)
  return {
    ticks: distinct,
    places: new Map(distinct.map((tick, place) => [tick, place])),
    data: new Uint8Array(distinct.length * clip.width * clip.height * 3),
    damaged: new Set(),
    resized: new Set(),
  }
}

/** The fault of frames that did not come out of the decoder. */
export const lossOf = (path: string, info: Info, lost: readonly number[], asked: number): MediaFault => {
  const times = [...lost].sort((a, b) => a - b).map(tick => `${(tick * info.line.tick).toFixed(3)} s`)
  const shown = times.slice(0, 8).join(', ') + (times.length > 8 ? ', …' : '')
  return fault(
    'Undecodable',
    `${path}: ${lost.length} of ${asked} frames cannot be decoded whole (at ${shown})`,
    'The file is damaged there; fetch it again, leave the record out, or sample elsewhere.',
  )
}

/** Frames in the order asked for, out of the distinct ones of a request. */
export const inOrder = (
  ticks: readonly number[],
  { clip, line }: Info,
  { places, data, damaged, resized }: Request,
): Frames => {
  const size = clip.width * clip.height * 3
  const wanted = ticks.map(tick => places.get(tick) ?? 0)
  const straight = wanted.length === places.size && wanted.every((place, i) => place === i)
  const bytes = straight ? data : new Uint8Array(ticks.length * size)
  if (!straight)
    for (const [i, place] of wanted.entries()) bytes.set(data.subarray(place * size, (place + 1) * size), i * size)
  return {
    data: bytes,
    count: ticks.length,
    height: clip.height,
    width: clip.width,
    times: ticks.map(tick => tick * line.tick),
    ...(damaged.size === 0 ? {} : { damaged: ticks.flatMap((tick, i) => (damaged.has(tick) ? [i] : [])) }),
    ...(resized.size === 0 ? {} : { resized: ticks.flatMap((tick, i) => (resized.has(tick) ? [i] : [])) }),
  }
}
