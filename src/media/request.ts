import { either as E } from 'fp-ts'
import { fault } from '../flow/index.ts'
import type { Info } from './info.ts'
import type { Limits } from './limits.ts'
import { indexOf } from './timeline.ts'
import type { Frames, MediaFault } from './types.ts'

/** The frames asked for, checked, in the order asked. `BadSampling` outside the clip, `TooLarge` beyond the byte limit. */
export const wantedFrames = (
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
  const strange = indices.find(index => line.ids[index] === undefined)
  return strange === undefined
    ? E.right(indices)
    : E.left(
        fault(
          'BadSampling',
          `${clip.path} has frames 0 to ${line.ids.length - 1}, asked for ${strange}`,
          'Sample within the clip.',
        ),
      )
}

/** The frames that a call decodes, each once, and where they go. */
export interface Request {
  /** What the pictures of the frames are known by, distinct, ascending. */
  readonly ids: readonly number[]
  /** Place of each of them in `data`. */
  readonly places: ReadonlyMap<number, number>
  /** [distinct frames, height, width, 3]. */
  readonly data: Uint8Array
  /** What pictures that may show damage are known by, added to while decoding. */
  readonly damaged: Set<number>
  /** Ticks of frames whose pictures were scaled to the clip's size, added to while decoding. */
  readonly resized: Set<number>
}

/** Room for these frames. */
export const requested = ({ clip, line }: Info, indices: readonly number[]): Request => {
  const ids = [...new Set(indices)].sort((a, b) => a - b).map(index => line.ids[index]!)
  return {
    ids,
    places: new Map(ids.map((id, place) => [id, place])),
    data: new Uint8Array(ids.length * clip.width * clip.height * 3),
    damaged: new Set(),
    resized: new Set(),
  }
}

/** What to do about frames that cannot be decoded, by what they are known by: an opening can be left out, the rest is damage. */
export const remedyOf = ({ line, timed }: Info, lost: readonly number[]): string => {
  const first = line.keys[0]?.pts ?? Number.POSITIVE_INFINITY
  if (timed && lost.every(id => id < first))
    return "They come before the clip's first key frame, as in a clip cut out of a longer one: leave such frames out with onDamage: 'skip'."
  return `The file is damaged there; fetch it again, leave the record out, or sample elsewhere${timed ? '' : ", or leave out what opens it broken with onDamage: 'skip'"}.`
}

/** The fault of frames that did not come out of the decoder, by what they are known by. */
export const lossOf = (path: string, info: Info, lost: readonly number[], asked: number): MediaFault => {
  const times = lost
    .map(id => info.line.seconds[indexOf(info.line, id)]!)
    .sort((a, b) => a - b)
    .map(seconds => `${seconds.toFixed(3)} s`)
  const shown = times.slice(0, 8).join(', ') + (times.length > 8 ? ', …' : '')
  return fault(
    'Undecodable',
    `${path}: ${lost.length} of ${asked} frames cannot be decoded whole (at ${shown})`,
    remedyOf(info, lost),
  )
}

/** The fault of packets that give no picture, where times do not tell which. */
export const lostPackets = (path: string, lost: number, packets: number): MediaFault =>
  fault(
    'Undecodable',
    `${path}: ${lost} of ${packets} packets give no picture, and times do not tell which`,
    "Fetch the file again, or leave such frames out with onDamage: 'skip'.",
  )

/** Frames in the order asked for, out of the distinct ones of a request. */
export const inOrder = (
  indices: readonly number[],
  { clip, line }: Info,
  { places, data, damaged, resized }: Request,
): Frames => {
  const size = clip.width * clip.height * 3
  const positionsIn = (name: 'damaged' | 'resized', ids: ReadonlySet<number>) =>
    ids.size === 0 ? {} : { [name]: indices.flatMap((index, i) => (ids.has(line.ids[index]!) ? [i] : [])) }
  const wanted = indices.map(index => places.get(line.ids[index]!)!)
  const straight = wanted.length === places.size && wanted.every((place, i) => place === i)
  const bytes = straight ? data : new Uint8Array(indices.length * size)
  if (!straight)
    for (const [i, place] of wanted.entries()) bytes.set(data.subarray(place * size, (place + 1) * size), i * size)
  return {
    data: bytes,
    count: indices.length,
    height: clip.height,
    width: clip.width,
    times: indices.map(index => line.seconds[index]!),
    ...positionsIn('damaged', damaged),
    ...positionsIn('resized', resized),
  }
}
