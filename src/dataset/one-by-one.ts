/**
 * Gives the members of batches one by one, pulled: a batch is fetched when the one before is used up, so that what is alive is one batch.
 * A value that is at hand costs one promise, where every generator on its way would cost several. Calls that do not wait for each other
 * are answered in their order. Returning early closes the source.
 */
export const oneByOne = <A>(batches: () => AsyncGenerator<readonly A[], void, undefined>): AsyncIterable<A> => ({
  [Symbol.asyncIterator](): AsyncIterator<A> {
    const source = batches()
    const end: IteratorResult<A> = { done: true, value: undefined }
    let [batch, at]: [readonly A[], number] = [[], 0]
    let fetching: Promise<unknown> | undefined
    const fetch = async (): Promise<IteratorResult<A>> => {
      while (at >= batch.length) {
        const next = await source.next()
        if (next.done === true) return end
        batch = next.value
        at = 0
      }
      return { done: false, value: batch[at++]! }
    }
    const queued = (): Promise<IteratorResult<A>> => {
      const answer = fetching === undefined ? fetch() : fetching.then(fetch)
      const settled = answer.then(
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
      next: () =>
        fetching === undefined && at < batch.length ? Promise.resolve({ done: false, value: batch[at++]! }) : queued(),
      return: async () => {
        batch = []
        await source.return()
        return end
      },
    }
  },
})
