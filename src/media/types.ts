import type { taskEither as TE } from 'fp-ts'
import type { Fault, Heavy } from '../flow/index.ts'

/** What probing a video file tells. Sizes are in pixels after rotation, times in seconds. */
export interface Clip {
  readonly path: string
  readonly durationSeconds: number
  /** Frames that are shown: those that an edit list hides are not counted. */
  readonly frameCount: number
  /** Average frame rate as the container tells it, frames per second; containers can be wrong: see `measuredFps`. */
  readonly fps: number
  readonly width: number
  readonly height: number
  readonly codec: string
  /** Clockwise degrees already undone: 0, 90, 180 or 270. */
  readonly rotation: number
  /** Real base frame rate (the least rate that expresses all timestamps): unlike `fps` where the rate varies. */
  readonly realFps?: number
  /** Frame rate by the times of the first frame and the last; absent for a single frame. `rateOf` chooses between this and `fps`. */
  readonly measuredFps?: number
  /** What the container's clock shows at the first frame, in seconds; absent where that is 0. All times are counted from there. */
  readonly startSeconds?: number
  /**
   * Frames at which the container's clock begins anew (joined transport streams, edits), and the seconds that are added to it
   * from there on: times of frames go on, as players show them. The container's own time of a frame is its time +
   * `startSeconds` − the seconds of the last jump up to it.
   */
  readonly clockJumps?: readonly { readonly frame: number; readonly seconds: number }[]
  /** Frames at the start that cannot be decoded and are not counted; only with `onDamage: 'skip'`, absent when there are none. */
  readonly skippedFrames?: number
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
  /** Presentation time of each frame in seconds, counted from the first frame of the clip. */
  readonly times: readonly number[]
  /** Positions of frames that were decoded from damaged data; only with `onDamage: 'state'`, absent when there are none. */
  readonly damaged?: readonly number[]
}

/**
 * What to do about frames decoded from damaged data (pictures that the decoder made up where bits were missing, and
 * those after them up to the next key frame): `refuse` them as undecodable, or return them and `state` which they are.
 * `skip` leaves frames out of count and sampling that open a clip and cannot be decoded, since what they refer to was cut
 * off, and says in `Clip` how many; other damage is refused.
 */
export type OnDamage = 'refuse' | 'state' | 'skip'

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
 * What can read video. The verbs never throw, take an AbortSignal, and end within the limits the decoder was made with.
 * Both adapters (`nodeAv`, `ffmpeg`) give the same frames at the same times; pixels differ by at most 2/255 on average.
 */
export interface Decoder {
  readonly name: string
  /** Reads the headers and walks the packets once; decodes no picture. */
  readonly probe: (path: string, signal?: AbortSignal) => TE.TaskEither<MediaFault, Clip>
  /**
   * Presentation time in seconds of every shown frame, in display order, counted from the first one (`startSeconds` of
   * `Clip` has the container's time of it). Never falling; equal where the container gives frames the same time.
   */
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
}
