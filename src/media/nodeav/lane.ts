import { either as E } from 'fp-ts'
import type { PlainFile } from '../file.ts'
import type { Info } from '../info.ts'
import type { Limits } from '../limits.ts'
import type { Request } from '../request.ts'
import type { Stretch } from '../timeline.ts'
import type { OnSizeChange } from '../types.ts'
import { codecOf } from './codec.ts'
import { decodeStretches } from './decode.ts'
import type { Av } from './load.ts'
import { open } from './open.ts'
import { placer } from './place.ts'
import type { Steps } from './steps.ts'

/** What the lanes of one call share. */
export interface Work {
  readonly limits: Limits
  readonly onSizeChange: OnSizeChange
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
  const pictures = placer(av, info, work)
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
          return yield* pictures.place(id, frame)
        },
      )
    } finally {
      context.right.freeContext()
    }
  } finally {
    pictures.close()
    source.format.closeInputSync()
  }
}
