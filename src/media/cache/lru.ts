/** Keys with sizes, oldest use first, within a bound of bytes. */
export interface Lru<A> {
  readonly get: (key: string) => A | undefined
  /** Adds or replaces; answers the keys that had to go. What is larger than the bound is not kept and comes back. */
  readonly set: (key: string, value: A, bytes: number) => readonly string[]
  readonly delete: (key: string) => void
  readonly bytes: () => number
}

/** A store that forgets what was used longest ago. */
export const lru = <A>(bound: number): Lru<A> => {
  const held = new Map<string, { readonly value: A; readonly bytes: number }>()
  let total = 0
  const drop = (key: string) => {
    total -= held.get(key)?.bytes ?? 0
    held.delete(key)
  }
  return {
    get: key => {
      const found = held.get(key)
      if (found === undefined) return undefined
      held.delete(key)
      held.set(key, found)
      return found.value
    },
    set: (key, value, bytes) => {
      drop(key)
      held.set(key, { value, bytes })
      total += bytes
      const gone: string[] = []
      for (const oldest of held.keys()) {
        if (total <= bound) break
        drop(oldest)
        gone.push(oldest)
      }
      return gone
    },
    delete: drop,
    bytes: () => total,
  }
}
