/** What an untrusted file may ask for. Past any of these a decoder gives up with a fault that names both numbers. */
export interface Limits {
  /** Size of the file in bytes. */
  readonly fileBytes: number
  /** Pixels of one picture. */
  readonly pixels: number
  /** Frames of a clip. */
  readonly frames: number
  readonly durationSeconds: number
  /** Bytes of RGB that one call may return. */
  readonly bytes: number
  /** Wall-clock milliseconds of one call. */
  readonly milliseconds: number
}

/** 16 GiB, 8192×8192, two million frames, a day, 4 GiB, two minutes. */
export const defaultLimits: Limits = {
  fileBytes: 16 * 2 ** 30,
  pixels: 8192 * 8192,
  frames: 2_000_000,
  durationSeconds: 86_400,
  bytes: 4 * 2 ** 30,
  milliseconds: 120_000,
}

/**
 * The limit on pixels as FFmpeg's decoders are told it: they count whole blocks of up to 64×64, of which the picture is
 * cut out.
 */
export const blockPixels = ({ pixels }: Pick<Limits, 'pixels'>): number =>
  pixels + 128 * Math.ceil(Math.sqrt(pixels)) + 64 * 64
