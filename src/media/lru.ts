/** Values by key within a bound, each with a size: what was used longest ago goes first. */
export interface Lru<A> {
  readonly get: (key: string) => A | undefined
  /** Adds or replaces; gives the keys that had to go. A value larger than the bound goes at once, its key comes back. */
  readonly set: (key: string, value: A, size: number) => readonly string[]
}

/** Makes a store that holds values of so much size together: bytes, or a count where every value has size 1. */
export const lru = <A>(bound: number): Lru<A> => {
  const held = new Map<string, { readonly value: A; readonly size: number }>()
  let total = 0
  const drop = (key: string) => {
    total -= held.get(key)?.size ?? 0
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
    set: (key, value, size) => {
      drop(key)
      held.set(key, { value, size })
      total += size
      const gone: string[] = []
      for (const oldest of held.keys()) {
        if (total <= bound) break
        drop(oldest)
        gone.push(oldest)
      }
      return gone
    },
  }
}
