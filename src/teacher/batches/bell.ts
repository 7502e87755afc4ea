/** Wakes all who wait for something to happen. */
export interface Bell {
  readonly ring: () => void
  readonly heard: () => Promise<void>
}

/** A bell that nobody waits for yet. */
export const bell = (): Bell => {
  let waiting: (() => void)[] = []
  return {
    ring: () => {
      const woken = waiting
      waiting = []
      for (const wake of woken) wake()
    },
    heard: () => new Promise(resolve => void waiting.push(resolve)),
  }
}
