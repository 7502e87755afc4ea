import type { taskEither as TE } from 'fp-ts'
import type { Fault, Heavy } from '../flow/index.ts'

/** What a clip is that is no video, in the words of the data sets: one picture, or a folder of them. */
export type StillKind = 'image' | 'frame'

/**
 * What probing a video, a picture or a folder of pictures tells. Sizes are in pixels after rotation, times in seconds. A picture is a
 * clip of one frame that lasts a second; its time means nothing.
 */
export interface Clip {
  readonly path: string
  readonly durationSeconds: number
  /** Frames that are shown: those that an edit list hides are not counted. */
  readonly frameCount: number
  /** Average frame rate, frames per second. */
  readonly fps: number
  readonly width: number
  readonly height: number
  readonly codec: string
  /** Clockwise degrees already undone: 0, 90, 180 or 270. */
  readonly rotation: number
  /** Real base frame rate (the least rate that expresses all timestamps): unlike `fps` where the rate varies. */
  readonly realFps?: number
  /** `image`: one picture; `frame`: a folder or a list of pictures, one a frame. A video where it is absent. */
  readonly kind?: StillKind
  /** Files of the pictures of a `frame` clip, in their order. */
  readonly pictures?: readonly string[]
  /** Bytes that the container declares and the file lacks; only with `onDamage: 'state'`, absent when the file is whole. */
  readonly missingBytes?: number
}

/** Decoded frames, RGB, upright. Heavy: they live and die inside one scope. */
export interface Frames extends Heavy {
  /** [count, height, width, 3], row-major bytes. */
  readonly data: Uint8Array
  readonly count: number
  readonly height: number
  readonly width: number
  /** Presentation time of each frame in seconds. */
  readonly times: readonly number[]
  /** What they are frames of, as `Clip` says it; a video where it is absent. */
  readonly kind?: StillKind
  /** Positions of frames that were decoded from damaged data; only with `onDamage: 'state'`, absent when there are none. */
  readonly damaged?: readonly number[]
  /** Positions of frames that were scaled to the size of the clip; only where an option asks for it, absent when there are none. */
  readonly resized?: readonly number[]
}

/**
 * What to do about frames decoded from damaged data (pictures that the decoder made up where bits were missing, and
 * those after them up to the next key frame): `refuse` them as undecodable, or return them and `state` which they are.
 */
export type OnDamage = 'refuse' | 'state'

/** Vision-tower input of one clip or image: what Qwen2.5-VL calls pixel_values and grid_thw. */
export interface Patches {
  /** [t·h·w, 3·2·14·14] rows (channel, time, y, x); 2×2 merge blocks contiguous. */
  readonly values: Float32Array
  /** Patches along time, height, width. */
  readonly grid: readonly [t: number, h: number, w: number]
  /** Seconds between two temporal patches (temporal_patch_size / sampled fps); 1 for an image. */
  readonly secondsPerGrid: number
  readonly kind: 'image' | 'video'
}

/** Why a medium could not be read, sampled or written. */
export type MediaFault = Fault<
  | 'NotFound'
  | 'NotAFile'
  | 'Empty'
  | 'NotAVideo'
  | 'Truncated'
  | 'NotAnImage'
  | 'NotAFolder'
  | 'WrongKind'
  | 'BadFolder'
  | 'OutsideRoot'
  | 'SizeChange'
  | 'NoVideoStream'
  | 'Undecodable'
  | 'TooLarge'
  | 'TooSlow'
  | 'Cancelled'
  | 'BadSampling'
  | 'BadSize'
  | 'NoDecoder'
  | 'NoEncoder'
  | 'NotWritten'
>

/**
 * Pictures that are read as a clip: one picture, a folder of pictures in the natural order of their names (`2.jpg` before `10.jpg`), or a
 * list of pictures in its own order. `fps` is the rate of folder or list, pictures a second. None of them may lie outside the folder
 * `inside`, links followed, where that is given.
 */
export type PictureSource = (
  | { readonly image: string }
  | { readonly folder: string; readonly fps?: number }
  | { readonly list: readonly string[]; readonly fps?: number }
) & { readonly inside?: string }

/**
 * What can read video. The verbs never throw, take an AbortSignal, and end within the limits the decoder was made with.
 * Both adapters (`nodeAv`, `ffmpeg`) give the same frames at the same times; pixels differ by at most 2/255 on average.
 */
export interface Decoder {
  readonly name: string
  /** Reads the headers and walks the packets once; decodes no picture. */
  readonly probe: (path: string, signal?: AbortSignal) => TE.TaskEither<MediaFault, Clip>
  /** Presentation time in seconds of every shown frame, in display order. */
  readonly times: (clip: Clip, signal?: AbortSignal) => TE.TaskEither<MediaFault, readonly number[]>
  /**
   * The frames with these indices (display order, from 0; any order, repeats allowed), in the order asked for.
   * Holds the asked-for frames once as RGB. A frame that cannot be decoded is `Undecodable`, never replaced.
   */
  readonly frames: (clip: Clip, indices: readonly number[], signal?: AbortSignal) => TE.TaskEither<MediaFault, Frames>
  /**
   * How much the picture changes from each shown frame to the next, in [0, 1]: the mean of the 16 cells of a 32×32
   * thumbnail that change most, beyond what all of it does. One entry a frame, the first is 0. Decodes every frame, holds
   * two thumbnails.
   */
  readonly activity: (clip: Clip, signal?: AbortSignal) => TE.TaskEither<MediaFault, readonly number[]>
  /**
   * Reads the headers of pictures and gives them as a clip, which the other verbs then take. Those of this library have it; a decoder of
   * one's own gets it by `withPictures`.
   */
  readonly pictures?: (source: PictureSource, signal?: AbortSignal) => TE.TaskEither<MediaFault, Clip>
}
