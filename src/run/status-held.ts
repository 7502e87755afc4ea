import type { Gate, GateStats } from '../flow/index.ts'

/** What scopes hold. */
export interface Held {
  readonly inFlight: number
  readonly bytes: number
}

/** Adds up what the scopes that are watched hold. */
export const held = () => {
  const newest = new Map<object, GateStats>()
  return {
    watch: ({ stats$ }: Pick<Gate, 'stats$'>): (() => void) => {
      const key = {}
      const subscription = stats$.subscribe(stats => void newest.set(key, stats))
      return () => {
        subscription.unsubscribe()
        newest.delete(key)
      }
    },
    /** Undefined where none is watched. */
    now: (): Held | undefined =>
      newest.size === 0
        ? undefined
        : [...newest.values()].reduce(
            (sum, { active, bytes }) => ({ inFlight: sum.inFlight + active, bytes: sum.bytes + bytes }),
            { inFlight: 0, bytes: 0 },
          ),
  }
}
