import { either as E } from 'fp-ts'
import type { PlainFile } from '../file.ts'
import type { Info } from '../info.ts'
import type { Limits } from '../limits.ts'
import { rotateInto } from '../rotate.ts'
import type { Stretch } from '../timeline.ts'
import { codecOf } from './codec.ts'
import { decodeStretches } from './decode.ts'
import type { Av } from './load.ts'
import { open } from './open.ts'
import { converter } from './pixels.ts'
import type { Steps } from './steps.ts'

/** What the lanes of one call share. */
export interface Work {
  readonly limits: Limits
  readonly threads: number
  readonly queue: Stretch[]
  /** Place of each wanted tick in `data`. */
  readonly at: ReadonlyMap<number, number>
  /** Ticks of frames that may show damage, added to. */
  readonly damaged: Set<number>
  /** [distinct wanted frames, height, width, 3]. */
  readonly data: Uint8Array
}

/** One reader with its own file handle and decoder: takes stretches until there are none, answers the lost ticks. */
export function* lane(av: Av, file: PlainFile, info: Info, work: Work): Steps<readonly number[]> {
  const opened = yield* open(av, file, work.limits)
  if (E.isLeft(opened)) return opened
  const source = opened.right
  const { width, height } = source.stream.codecpar
  const pixels = converter(av, width, height, 'picture')
  try {
    const context = yield* codecOf(av, source, work.limits, work.threads)
    if (E.isLeft(context)) return context
    try {
      return yield* decodeStretches(
        av,
        source,
        context.right,
        work.queue,
        { timed: info.timed, limits: work.limits },
        function* (tick, frame, damaged) {
          if (damaged) work.damaged.add(tick)
          const rgb = yield* pixels.convert(frame)
          if (E.isLeft(rgb)) return rgb
          rotateInto(
            rgb.right,
            width,
            height,
            source.rotation,
            work.data,
            (work.at.get(tick) ?? 0) * width * height * 3,
          )
          return E.right(undefined)
        },
      )
    } finally {
      context.right.freeContext()
    }
  } finally {
    pixels.close()
    source.format.closeInputSync()
  }
}
