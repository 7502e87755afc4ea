import type { Fault } from '../../flow/index.ts'
import { checkedNumber } from '../checked.ts'
import type { Asked, AskingAll, Told } from './asked.ts'
import type { Exchange } from './exchange.ts'
import { preparing } from './preparing.ts'

type Questions<A, F extends Fault> = AsyncIterable<Asked<A, F>> | Iterable<Asked<A, F>>

const iteratorOf = <T>(values: AsyncIterable<T> | Iterable<T>): AsyncIterator<T> | Iterator<T> =>
  Symbol.asyncIterator in values ? values[Symbol.asyncIterator]() : values[Symbol.iterator]()

/**
 * Asks a long list of questions and gives the answers as they come, in any order. Questions are made when there is room
 * for them, and not held; what waits for an answer is `about` and the maker.
 */
export const answersOf = (exchange: Exchange) =>
  async function* <A, F extends Fault>(
    questions: Questions<A, F>,
    signal: AbortSignal,
    { preparing: width = 2, pending = 100_000 }: AskingAll = {},
  ): AsyncGenerator<Told<A, F>> {
    checkedNumber('preparing', width, 1, 10_000)
    checkedNumber('pending', pending, 1, Number.MAX_SAFE_INTEGER)
    const source = iteratorOf(questions)
    const next = async () => {
      const { done, value } = await source.next()
      return done === true ? undefined : value
    }
    const { take, heard, isOver, taken, leave, all } = preparing(exchange, next, width, pending)
    signal.addEventListener('abort', leave, { once: true })
    if (signal.aborted) leave()
    try {
      for (;;) {
        for (let one = take(); one !== undefined; one = take()) {
          yield one
          taken()
        }
        if (isOver()) break
        await heard()
      }
      await all
    } finally {
      signal.removeEventListener('abort', leave)
      leave()
      await source.return?.()
    }
  }
