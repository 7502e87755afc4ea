import { Readable } from 'node:stream'
import { Effect, Stream } from 'effect'
import { from as ixFrom } from 'ix/Ix.asynciterable'
import { flatMap } from 'ix/Ix.asynciterable.operators'
import { concatMap, count, from, lastValueFrom, mergeMap } from 'rxjs'
import type { Contestant } from './contest.ts'

/** Plain RxJS: pushes, so each stage queues what the next one cannot take. */
export const rxjs: Contestant = {
  small: work => {
    const step = mergeMap(work.step, work.concurrency)
    return lastValueFrom(from(work.source()).pipe(step, step, step, step, step, count()))
  },
  big: work =>
    lastValueFrom(from(work.source()).pipe(mergeMap(work.load, work.concurrency), concatMap(work.consume), count())),
}

export const effect: Contestant = {
  small: work => {
    const step = Stream.mapEffect((n: number) => Effect.promise(() => work.step(n)), { concurrency: work.concurrency })
    return Effect.runPromise(Stream.fromIterable(work.source()).pipe(step, step, step, step, step, Stream.runCount))
  },
  big: work =>
    Effect.runPromise(
      Stream.fromIterable(work.source()).pipe(
        Stream.mapEffect(n => Effect.promise(() => work.load(n)), { concurrency: work.concurrency }),
        Stream.mapEffect(data => Effect.promise(() => work.consume(data))),
        Stream.runCount,
      ),
    ),
}

const counted = async (stream: AsyncIterable<unknown>): Promise<number> => {
  let total = 0
  for await (const _ of stream) total += 1
  return total
}

export const ix: Contestant = {
  small: work => {
    const step = flatMap(async (n: number) => [await work.step(n)], work.concurrency)
    return counted(ixFrom(work.source()).pipe(step, step, step, step, step))
  },
  big: work =>
    counted(
      ixFrom(work.source()).pipe(
        flatMap(async n => [await work.load(n)], work.concurrency),
        flatMap(async data => [await work.consume(data)], 1),
      ),
    ),
}

export const readable: Contestant = {
  small: work => {
    const options = { concurrency: work.concurrency }
    const { step } = work
    return counted(
      Readable.from(work.source())
        .map(step, options)
        .map(step, options)
        .map(step, options)
        .map(step, options)
        .map(step, options),
    )
  },
  big: work =>
    counted(
      Readable.from(work.source())
        .map(work.load, { concurrency: work.concurrency })
        .map(work.consume, { concurrency: 1 }),
    ),
}
