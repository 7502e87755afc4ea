/** Who waits for a signal to fire, and the one listener that calls them. */
interface Listening {
  readonly waiting: Set<() => void>
  readonly call: () => void
}

const listening = new WeakMap<AbortSignal, Listening>()

const begin = (signal: AbortSignal): Listening => {
  const waiting = new Set<() => void>()
  const call = () => {
    for (const one of [...waiting]) one()
  }
  signal.addEventListener('abort', call, { once: true })
  const begun = { waiting, call }
  listening.set(signal, begun)
  return begun
}

/**
 * Calls a function when a signal fires, by one listener a signal however many wait: Node looks through all listeners for
 * each that is added, and warns of more than ten. Gives back how to stop listening.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { onAbort } from 'kinograd/flow'
 *
 * const controller = new AbortController()
 * const heard: string[] = []
 * onAbort(controller.signal, () => heard.push('one'))
 * const stop = onAbort(controller.signal, () => heard.push('two'))
 * stop()
 * controller.abort()
 * assert.deepEqual(heard, ['one'])
 * ```
 */
export const onAbort = (signal: AbortSignal, listener: () => void): (() => void) => {
  const { waiting, call } = listening.get(signal) ?? begin(signal)
  waiting.add(listener)
  return () => {
    waiting.delete(listener)
    if (waiting.size > 0) return
    listening.delete(signal)
    signal.removeEventListener('abort', call)
  }
}
