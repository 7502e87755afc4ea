/** What probing a video file tells. Sizes are in pixels after rotation, times in seconds. */
export interface Clip {
  readonly path: string
  readonly durationSeconds: number
  readonly frameCount: number
  /** Average frame rate, frames per second. */
  readonly fps: number
  readonly width: number
  readonly height: number
  readonly codec: string
  /** Clockwise degrees already undone: 0, 90, 180 or 270. */
  readonly rotation: number
}

/** Decoded frames, RGB, upright. */
export interface Frames {
  /** [count, height, width, 3], row-major bytes. */
  readonly data: Uint8Array
  readonly count: number
  readonly height: number
  readonly width: number
  /** Presentation time of each frame in seconds. */
  readonly times: readonly number[]
}

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
