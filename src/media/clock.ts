/** When the frames of a clip are shown. */
export interface Clock {
  /** Seconds of each frame from the first on, never falling; equal where the container gives equal times. */
  readonly seconds: Float64Array
  /** What the container's clock shows at the first frame, in seconds. */
  readonly start: number
  /** Frames at which the container's clock begins anew, and what is added to its times from there on. */
  readonly jumps: readonly { readonly frame: number; readonly seconds: number }[]
}

/** Where a container's clock may begin anew from one frame to the next. */
export interface Restarts {
  /** Decode times fall somewhere: streams were joined, or edits repeat one. */
  readonly joined: boolean
  /** The format has a running clock that others may have set (transport and program streams): it leaps where they are joined. */
  readonly leaping: boolean
}

/** A running clock that goes forward by more than this was set anew: the threshold of the ffmpeg program. */
const leap = 10

/** The distance that most neighbours have, roughly: the median of the positive ones. */
const usualStep = (ticks: ArrayLike<number>): number => {
  const steps: number[] = []
  for (let i = 1; i < ticks.length; i++) if (ticks[i]! > ticks[i - 1]!) steps.push(ticks[i]! - ticks[i - 1]!)
  return steps.sort((a, b) => a - b)[steps.length >> 1] ?? 0
}

const plain = (ticks: ArrayLike<number>, tick: number): Clock => {
  const first = ticks[0] ?? 0
  return { seconds: Float64Array.from(ticks, at => (at - first) * tick), start: first * tick, jumps: [] }
}

/**
 * The clock of frames in display order out of the ticks that they carry. Where it begins anew it goes on one usual step after
 * the frame before, as players show it. Other ticks that fall (a container without composition offsets) belong to the
 * frames in ascending order.
 */
export const clockOf = (ticks: ArrayLike<number>, tick: number, { joined, leaping }: Restarts): Clock => {
  const most = leaping ? leap / tick : Number.POSITIVE_INFINITY
  const broken: number[] = []
  for (let i = 1; i < ticks.length; i++) {
    const step = ticks[i]! - ticks[i - 1]!
    if (step < 0 && !joined) return plain(Float64Array.from(ticks).sort(), tick)
    if (step < 0 || step > most) broken.push(i)
  }
  const { seconds, start } = plain(ticks, tick)
  if (broken.length === 0) return { seconds, start, jumps: [] }
  const step = usualStep(ticks)
  const jumps: { frame: number; seconds: number }[] = []
  let added = 0
  for (const [n, frame] of broken.entries()) {
    added += ticks[frame - 1]! - ticks[frame]! + step
    jumps.push({ frame, seconds: added * tick })
    for (let i = frame; i < (broken[n + 1] ?? ticks.length); i++) seconds[i] = (ticks[i]! - ticks[0]! + added) * tick
  }
  return { seconds, start, jumps }
}
