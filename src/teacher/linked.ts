/**
 * Runs work under a signal of its own that follows `signal`: a run's one signal lives through thousands of requests,
 * and the clients leave a listener on whatever they are given.
 */
export const linked = async <A>(signal: AbortSignal, work: (own: AbortSignal) => Promise<A>): Promise<A> => {
  const own = new AbortController()
  const abort = () => own.abort()
  if (signal.aborted) abort()
  signal.addEventListener('abort', abort, { once: true })
  try {
    return await work(own.signal)
  } finally {
    signal.removeEventListener('abort', abort)
  }
}
