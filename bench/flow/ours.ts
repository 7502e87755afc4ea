import { either as E, taskEither as TE } from 'fp-ts'
import { gate, iterate, pipeline, stage, within } from 'kinograd/flow'
import type { Contestant, Work } from './contest.ts'

const about = { item: (n: unknown) => String(n) }
const right =
  <A, B>(f: (a: A) => Promise<B>) =>
  (a: A) =>
    TE.fromTask<B, never>(() => f(a))

const counted = async (stream: AsyncIterable<E.Either<unknown, unknown>>): Promise<number> => {
  let count = 0
  for await (const item of stream) if (E.isRight(item)) count += 1
  return count
}

const big = (work: Work) => {
  const load = stage.fromTaskEither({ name: 'load', ...about }, right(work.load))
  const consume = stage.fromTaskEither({ name: 'consume', item: () => 'big' }, right(work.consume))
  return { load, consume }
}

/** One scope around the five stages, as the library advises; the slow reader is inside, with the big items. */
export const ours: Contestant = {
  small: work => {
    const step = stage.fromTaskEither({ name: 'step', ...about }, right(work.step))
    const scope = within(gate({ inFlight: work.concurrency }), pipeline('five', step, step, step, step, step))
    return counted(iterate(scope(work.source())))
  },
  big: work => {
    const { load, consume } = big(work)
    const reader = within(gate({ inFlight: 1, name: 'reader' }), consume)
    const scope = within(gate({ inFlight: work.concurrency }), pipeline('big', load, reader))
    return counted(iterate(scope(work.source())))
  },
}

/** Five scopes in a row, each with its own gate. */
export const oursChained: Contestant = {
  ...ours,
  small: work => {
    const step = stage.fromTaskEither({ name: 'step', ...about }, right(work.step))
    const scope = () => within(gate({ inFlight: work.concurrency }), step)
    return counted(iterate(pipeline('five', scope(), scope(), scope(), scope(), scope())(scope()(work.source()))))
  },
}
