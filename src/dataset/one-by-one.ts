const nothing = <A>(): Iterator<A> => [][Symbol.iterator]()

/**
 * Gives the members of batches one by one, pulled: a batch is fetched when the one before is used up, and its members are made as they
 * are asked for. A value that is at hand costs one promise, where every generator on its way would cost several. Calls that do not wait
 * for each other are answered in their order. Returning early closes the source.
 */
export const oneByOne = <A>(batches: () => AsyncGenerator<Iterable<A>, void, undefined>): AsyncIterable<A> => ({
  [Symbol.asyncIterator](): AsyncIterator<A> {
    const source = batches()
    const end: IteratorResult<A> = { done: true, value: undefined }
    let batch: Iterator<A> = nothing()
    let fetching: Promise<unknown> | undefined
    const fetch = async (): Promise<IteratorResult<A>> => {
      for (;;) {
        const found = batch.next()
        if (found.done !== true) return found
        const next = await source.next()
        if (next.done === true) return end
        batch = next.value[Symbol.iterator]()
      }
    }
    const queued = (ask: () => Promise<IteratorResult<A>>): Promise<IteratorResult<A>> => {
      const answer = fetching === undefined ? ask() : fetching.then(ask)
      const settled: Promise<unknown> = answer.then(
        () => undefined,
        () => undefined,
      )
      fetching = settled
      void settled.then(() => {
        if (fetching === settled) fetching = undefined
      })
      return answer
    }
    return {
      next: () => {
        if (fetching !== undefined) return queued(fetch)
        const found = batch.next()
        return found.done === true ? queued(fetch) : Promise.resolve(found)
      },
      return: async () => {
        batch = nothing()
        await source.return()
        return end
      },
    }
  },
})
