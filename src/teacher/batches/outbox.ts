import type { BatchRequest } from './api.ts'

/** A request that is ready to be sent: its bytes as JSON, and the most that it can cost in dollars. */
export interface Parcel {
  readonly key: string
  readonly request: BatchRequest
  readonly bytes: number
  readonly reserve: number
}

/** What one batch may hold. */
export interface ChunkLimits {
  readonly bytes: number
  readonly requests: number
}

/** Requests that wait to fill a chunk. */
export interface Outbox {
  /** Resolves when there is room for it: a full chunk is handed over first. */
  readonly add: (parcel: Parcel) => Promise<void>
  readonly remove: (key: string) => void
  /** Hands over what is there. */
  readonly flush: () => Promise<void>
  /** Says that more is coming: no chunk is sent for want of more until all who said so have called what this gives. */
  readonly expect: () => () => void
  /** Empties it, and gives what was there. */
  readonly clear: () => readonly Parcel[]
}

/**
 * Gathers requests into chunks by bytes and by count, and hands one over when the next does not fit, or when none was
 * added for `lingerMs` and none is expected. `hand` resolves when the chunk was taken: until then nothing is added, so that no more than
 * two chunks are held, one filling and one under way.
 */
export const outbox = (
  limits: ChunkLimits,
  lingerMs: number,
  hand: (parcels: readonly Parcel[]) => Promise<void>,
): Outbox => {
  const parcels = new Map<string, Parcel>()
  let bytes = 0
  let turn: Promise<unknown> = Promise.resolve()
  let timer: NodeJS.Timeout | undefined
  let expected = 0
  const inTurn = (work: () => Promise<void>): Promise<void> => {
    const now = turn.then(work)
    turn = now.catch(() => undefined)
    return now
  }
  const clear = (): readonly Parcel[] => {
    clearTimeout(timer)
    const held = [...parcels.values()]
    parcels.clear()
    bytes = 0
    return held
  }
  const empty = async (): Promise<void> => {
    if (parcels.size > 0) await hand(clear())
  }
  const flush = () => inTurn(empty)
  const linger = (): void => {
    clearTimeout(timer)
    if (expected === 0 && parcels.size > 0) timer = setTimeout(() => void flush(), lingerMs)
  }
  return {
    add: parcel =>
      inTurn(async () => {
        if (bytes + parcel.bytes > limits.bytes || parcels.size >= limits.requests) await empty()
        bytes += parcel.bytes - (parcels.get(parcel.key)?.bytes ?? 0)
        parcels.set(parcel.key, parcel)
        linger()
      }),
    remove: key => {
      bytes -= parcels.get(key)?.bytes ?? 0
      parcels.delete(key)
      if (parcels.size === 0) clearTimeout(timer)
    },
    flush,
    expect: () => {
      expected++
      clearTimeout(timer)
      return () => {
        expected--
        linger()
      }
    },
    clear,
  }
}
