import { either as E } from 'fp-ts'
import { differences, thumbnail } from '../activity.ts'
import type { PlainFile } from '../file.ts'
import type { Info } from '../info.ts'
import type { Limits } from '../limits.ts'
import { codecOf } from './codec.ts'
import type { Av } from './load.ts'
import { open } from './open.ts'
import { converter } from './pixels.ts'
import { pump } from './pump.ts'
import type { Steps } from './steps.ts'

/** Decodes everything at 32×32 and measures the change from picture to picture; undecodable pictures count 0. */
export function* activitySteps(
  av: Av,
  file: PlainFile,
  info: Info,
  limits: Limits,
  threads: number,
): Steps<readonly number[]> {
  const opened = yield* open(av, file, limits)
  if (E.isLeft(opened)) return opened
  const source = opened.right
  const pixels = converter(av, thumbnail.side, thumbnail.side, 'thumbnail')
  const change = differences()
  const changes = new Map<number, number>()
  const known = new Set(info.line.ids)
  try {
    const context = yield* codecOf(av, source, limits, threads)
    if (E.isLeft(context)) return context
    try {
      const all = yield* pump(av, source, context.right, {
        timed: info.timed,
        begin: () => true,
        wanted: () => true,
        done: () => false,
        *picture(id, frame) {
          if (!known.has(id)) return E.right(undefined)
          const small = yield* pixels.convert(frame)
          if (E.isLeft(small)) return small
          changes.set(id, change(small.right))
          return E.right(undefined)
        },
      })
      return E.isLeft(all) ? all : E.right(Array.from(info.line.ids, id => changes.get(id) ?? 0))
    } finally {
      context.right.freeContext()
    }
  } finally {
    pixels.close()
    source.format.closeInputSync()
  }
}
