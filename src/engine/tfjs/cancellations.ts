/** Whom to tell when a signal is aborted. */
export interface Cancellations {
  readonly add: (signal: AbortSignal, cancel: () => void) => void
  readonly remove: (signal: AbortSignal, cancel: () => void) => void
}

/** Listens to each signal once, however many are to be told: Node warns of a leak when a signal has eleven listeners. */
export const cancellations = (): Cancellations => {
  const told = new Map<AbortSignal, { readonly cancels: Set<() => void>; readonly tell: () => void }>()
  return {
    add: (signal, cancel) => {
      const known = told.get(signal)
      if (known !== undefined) {
        known.cancels.add(cancel)
        return
      }
      const cancels = new Set([cancel])
      const tell = (): void => {
        for (const each of [...cancels]) each()
      }
      told.set(signal, { cancels, tell })
      signal.addEventListener('abort', tell)
    },
    remove: (signal, cancel) => {
      const known = told.get(signal)
      known?.cancels.delete(cancel)
      if (known?.cancels.size !== 0) return
      told.delete(signal)
      signal.removeEventListener('abort', known.tell)
    },
  }
}
