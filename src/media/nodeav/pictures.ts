import { either as E, function as F } from 'fp-ts'
import type { Frame } from 'node-av/lib'
import type { Limits } from '../limits.ts'
import { type Picture, tooManyFrames } from '../timeline.ts'
import { codecOf } from './codec.ts'
import { drop, stretch } from './decode.ts'
import type { Av } from './load.ts'
import type { Source } from './open.ts'
import { pump } from './pump.ts'
import { tried } from './scan.ts'
import type { Steps } from './steps.ts'

/**
 * Ticks of pictures in display order; a picture without one (the last of an AVI, all of a raw stream) comes one usual
 * step after the last, at first one at the average rate.
 */
const ticker = (av: Av, { stream, tick }: Source): ((frame: Frame) => number) => {
  const { num, den } = stream.avgFrameRate
  let last: number | undefined
  let step = num > 0 ? Math.max(1, Math.round(den / num / tick)) : 1
  return ({ pts, bestEffortTimestamp }) => {
    const told = [pts, bestEffortTimestamp].find(time => time !== av.AV_NOPTS_VALUE)
    const now = told === undefined ? (last === undefined ? 0 : last + step) : Number(told)
    if (last !== undefined && now > last) step = now - last
    last = now
    return now
  }
}

/** All pictures that decoding a freshly opened file gives, in display order. `TooLarge` past the limit on frames. */
export function* allPictures(av: Av, source: Source, limits: Limits): Steps<readonly Picture[]> {
  const pictures = yield* firstPictures(av, source, limits, limits.frames + 1)
  return E.isRight(pictures) && pictures.right.length > limits.frames
    ? E.left(tooManyFrames(source.file.path, limits.frames))
    : pictures
}

/** Whether the first pictures of a freshly opened file come in the order of their times. */
export function* inTimeOrder(av: Av, source: Source, limits: Limits): Steps<boolean> {
  return F.pipe(
    yield* firstPictures(av, source, limits, tried),
    E.map(all => all.every(({ tick }, i) => i === 0 || tick > all[i - 1]!.tick)),
  )
}

/** Whether an HEVC stream's parameters say that pictures are shown after later ones; false of other codecs. */
export function* tellsOfReordering(av: Av, source: Source, limits: Limits): Steps<boolean> {
  if (source.stream.codecpar.codecId !== av.AV_CODEC_ID_HEVC) return E.right(false)
  const context = yield* codecOf(av, source, limits, 1)
  if (E.isLeft(context)) return context
  const told = context.right.hasBFrames > 0
  context.right.freeContext()
  return E.right(told)
}

/** At least so many pictures, or all. */
function* firstPictures(av: Av, source: Source, limits: Limits, most: number): Steps<readonly Picture[]> {
  const context = yield* codecOf(av, source, limits, 1)
  if (E.isLeft(context)) return context
  const clock = ticker(av, source)
  const pictures: Picture[] = []
  try {
    const all = yield* pump(av, source, context.right, {
      timed: false,
      begin: () => true,
      wanted: () => true,
      done: () => pictures.length >= most,
      // biome-ignore lint/correctness/useYield: only the time is taken
      *picture(id, frame, damaged) {
        pictures.push({ id, tick: clock(frame), damaged })
        return E.right(undefined)
      },
    })
    return E.isLeft(all) ? all : E.right(pictures)
  } finally {
    context.right.freeContext()
  }
}

/** Which pictures do not come whole out of a freshly opened file that is decoded from its start. */
export function* undecodable(
  av: Av,
  source: Source,
  wanted: readonly number[],
  limits: Limits,
): Steps<ReadonlySet<number>> {
  const context = yield* codecOf(av, source, limits, 1)
  if (E.isLeft(context)) return context
  try {
    const outcome = yield* stretch(av, source, context.right, { from: undefined, wanted }, true, drop)
    return F.pipe(
      outcome,
      E.map(({ missing, damaged }) => new Set([...missing, ...damaged])),
    )
  } finally {
    context.right.freeContext()
  }
}
