import { either as E } from 'fp-ts'
import type { PlainFile } from '../file.ts'
import type { Info } from '../info.ts'
import type { Limits } from '../limits.ts'
import type { Request } from '../request.ts'
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
  readonly request: Request
}

/** One reader with its own file handle and decoder: takes stretches until there are none, answers what the lost pictures are known by. */
export function* lane(av: Av, file: PlainFile, info: Info, work: Work): Steps<readonly number[]> {
  const { limits, threads, queue, request } = work
  const opened = yield* open(av, file, limits)
  if (E.isLeft(opened)) return opened
  const source = opened.right
  const { width, height } = source.stream.codecpar
  const pixels = converter(av, width, height, 'picture')
  try {
    const context = yield* codecOf(av, source, limits, threads)
    if (E.isLeft(context)) return context
    try {
      return yield* decodeStretches(
        av,
        source,
        context.right,
        queue,
        { timed: info.timed, limits },
        function* (id, frame, damaged) {
          if (damaged) request.damaged.add(id)
          else request.damaged.delete(id)
          const rgb = yield* pixels.convert(frame)
          if (E.isLeft(rgb)) return rgb
          const offset = (request.places.get(id) ?? 0) * width * height * 3
          rotateInto(rgb.right, width, height, source.rotation, request.data, offset)
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
