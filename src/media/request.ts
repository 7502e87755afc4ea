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
  const ticks = indices.map(i => line.pts[i])
  const bad = indices.find((_, k) => ticks[k] === undefined)
  return bad === undefined
    ? E.right(ticks as number[])
    : E.left(
        fault(
          'BadSampling',
          `${clip.path} has frames 0 to ${line.pts.length - 1}, asked for ${bad}`,
          'Sample within the clip.',
        ),
      )
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

/** Frames in the order asked for, out of distinct frames in ascending order. */
export const inOrder = (
  ticks: readonly number[],
  at: ReadonlyMap<number, number>,
  data: Uint8Array,
  { clip, line }: Info,
  damaged: ReadonlySet<number>,
): Frames => {
  const size = clip.width * clip.height * 3
  const places = ticks.map(tick => at.get(tick) ?? 0)
  const straight = places.length === at.size && places.every((place, i) => place === i)
  const bytes = straight ? data : new Uint8Array(ticks.length * size)
  if (!straight)
    for (const [i, place] of places.entries()) bytes.set(data.subarray(place * size, (place + 1) * size), i * size)
  return {
    data: bytes,
    count: ticks.length,
    height: clip.height,
    width: clip.width,
    times: ticks.map(tick => tick * line.tick),
    ...(damaged.size === 0 ? {} : { damaged: ticks.flatMap((tick, i) => (damaged.has(tick) ? [i] : [])) }),
  }
}
