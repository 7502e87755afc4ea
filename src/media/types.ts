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
  /** Average frame rate as the container tells it, frames per second; containers can be wrong: see `measuredFps`. */
  readonly fps: number
  readonly width: number
  readonly height: number
  readonly codec: string
  /** Clockwise degrees already undone: 0, 90, 180 or 270. */
  readonly rotation: number
  /** Already undone as well: the stored pictures are mirrored left to right, before they are turned. Absent where not. */
  readonly mirrored?: true
  /** Colour primaries, by FFmpeg's name (`bt709`, `bt2020`, `smpte432` for P3, …); absent where untagged. Never mapped. */
  readonly primaries?: string
  /** Transfer curve, by FFmpeg's name (`bt709`, `arib-std-b67` for HLG, `smpte2084` for PQ, …); absent where untagged. Never mapped. */
  readonly transfer?: string
  /** Matrix from RGB to YUV, by FFmpeg's name; absent where untagged, and then that of BT.601 is taken. */
  readonly matrix?: string
  /** `tv` (16 to 235) or `pc` (0 to 255); absent where untagged, and then `tv` is taken. */
  readonly range?: 'tv' | 'pc'
  /**
   * Width of a stored pixel over its height, before turning; absent where 1. `pixelShape: 'square'` applies it, and then
   * `width` and `height` are those of square pixels.
   */
  readonly sampleAspectRatio?: number
  /** Which of the file's video streams this is, where one was asked for. */
  readonly videoStream?: number
  /** The part of the file that this clip is (`clipWindow`); absent for the whole. */
  readonly window?: ClipWindow
  /** Real base frame rate (the least rate that expresses all timestamps): unlike `fps` where the rate varies. */
  readonly realFps?: number
  /** `image`: one picture; `frame`: a folder or a list of pictures, one a frame. A video where it is absent. */
  readonly kind?: StillKind
  /** Files of the pictures of a `frame` clip, in their order. */
  readonly pictures?: readonly string[]
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

/** A part of a file: its frames from index `first` on, those with times from `start` to `end` seconds. */
export interface ClipWindow {
  readonly start: number
  readonly end: number
  /** Index in the whole file of the first frame. */
  readonly first: number
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
  /** What they are frames of, as `Clip` says it; a video where it is absent. */
  readonly kind?: StillKind
  /** Positions of frames that were decoded from damaged data; only with `onDamage: 'state'`, absent when there are none. */
  readonly damaged?: readonly number[]
  /**
   * Positions of frames whose pictures are stored in another size than the clip's and were scaled to it; only with
   * `onSizeChange: 'scale'`, absent when there are none.
   */
  readonly resized?: readonly number[]
}

/**
 * What to do about frames decoded from damaged data (pictures that the decoder made up where bits were missing, and
 * those after them up to the next key frame): `refuse` them as undecodable, or return them and `state` which they are.
 * `skip` leaves frames out of count and sampling that open a clip and cannot be decoded, since what they refer to was cut
 * off, and says in `Clip` how many; other damage is refused.
 */
export type OnDamage = 'refuse' | 'state' | 'skip'

/**
 * What to do about a picture whose stored size is not that of the first one (a stream that changes its resolution, or
 * its shape): `refuse` it with `SizeChange`, or `scale` it to the first size and say which frames those are.
 */
export type OnSizeChange = 'refuse' | 'scale'

/**
 * What to do about pixels that are not square: give the pictures as they are `stored`, as PyAV and torchcodec do, or
 * with `square` pixels, as a player shows them (wider or higher by the sample aspect ratio, never smaller).
 */
export type PixelShape = 'stored' | 'square'

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
  | 'NoVideoStream'
  | 'Undecodable'
  | 'SizeChange'
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
  /**
   * Reads the headers of pictures and gives them as a clip, which the other verbs then take. Those of this library have it; a decoder of
   * one's own gets it by `withPictures`.
   */
  readonly pictures?: (source: PictureSource, signal?: AbortSignal) => TE.TaskEither<MediaFault, Clip>
}
