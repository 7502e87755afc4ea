import type { Clip, Frames, Resizing } from '../../media/index.ts'

/** One picture, as `readImage` gives it. */
interface ImageMedium {
  readonly kind: 'image'
  /** Exactly one frame. */
  readonly frames: Frames
}

/** Frames of a clip, as `sample` gives them. */
export interface VideoMedium {
  readonly kind: 'video'
  readonly frames: Frames
  /** What probing told of the clip: how far apart its frames are, and by which name their patches are kept. */
  readonly clip?: Clip
  /** Seconds between two temporal patches, where it is known better than clip and frames tell it. */
  readonly secondsPerGrid?: number
}

/** A picture or a clip as decoded: what a prompt is made of beside text. Heavy: it stays inside a scope. */
export type Medium = ImageMedium | VideoMedium

/** Fewest and most pixels of a frame after resizing; `SizeBounds` of the media room are such. */
export interface PixelBounds {
  readonly minPixels: number
  readonly maxPixels: number
  /** Most pixels of all frames of a clip together, shared out as `perFrameMax` says; no bound when not given. */
  readonly totalPixels?: number
  /** Sides become multiples of this; patch size times merge size when not given. */
  readonly factor?: number
}

/** How the model cuts its input: `config.vision` of a checkpoint is such. */
export interface PatchSizes {
  /** Side of a patch, pixels. */
  readonly patchSize: number
  /** Frames in a patch. */
  readonly temporalPatchSize: number
  /** Side of a merged unit, patches. */
  readonly mergeSize: number
}

/** How media become patches. What is not given is that of Qwen2.5-VL; sizes are those of Video-R1's training. */
export interface VisionOptions {
  /** Size bounds by kind of medium: `videoR1ImageBounds` and `videoR1Bounds` when not given. */
  readonly pixels?: { readonly image?: PixelBounds; readonly video?: PixelBounds }
  /** Mean of the pixels by channel, bytes scaled to [0, 1]. */
  readonly mean?: readonly [red: number, green: number, blue: number]
  /** Standard deviation of the pixels by channel. */
  readonly std?: readonly [red: number, green: number, blue: number]
  /**
   * Whose arithmetic frames are resized in: `float`, that of qwen_vl_utils and so of Video-R1, when not given; `fixed`, that of the
   * processors in transformers, for a policy that is served behind one.
   */
  readonly resizing?: Resizing
  /** Sizes of another model, as in `{ vision: config.vision }`; 14 pixels, 2 frames, 2 patches when not given. */
  readonly vision?: PatchSizes
  /**
   * Where seconds between temporal patches come from. `clip`: frames are spread over the whole clip, as `uniform` and `fps` take them,
   * and the sampled rate is count / total · fps (qwen_vl_utils). `times`: from the frames' own times, for frames of a part of a clip.
   * `clip` when not given; a medium without a clip always goes by its times.
   */
  readonly timing?: 'clip' | 'times'
  /**
   * Keeps the patches of the clips cut last, so that further questions about one of them share its patches, and with them one pass of
   * the vision tower. At most so many clips and bytes (256 MiB when not given); those cut longest ago go first. Nothing is kept when
   * not given.
   */
  readonly keep?: { readonly clips: number; readonly bytes?: number }
}
