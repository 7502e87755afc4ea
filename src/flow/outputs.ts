import { fifo } from './fifo.ts'
import type { Item } from './stage.ts'

/** An item of a scope, from when it is pulled until its last output is handed on. */
export class Entry<B> {
  /** Outputs that wait to be handed on. */
  readonly waiting: Item<B>[] = []
  /** Whether no further output comes. */
  ended = false
  /** Closes what the item has opened, or gives up its place in the line of the gate. */
  stop: () => void = () => {}
}

/** The order in which the outputs of a scope are handed on. */
export interface Outputs<B> {
  /** Items that are not wholly handed on. */
  readonly size: () => number
  /** A place for the next item. */
  readonly add: () => Entry<B>
  /** Adds an output of an item. */
  readonly put: (entry: Entry<B>, output: Item<B>) => void
  /** Takes out the output whose turn it is, if it is there, and its item with the last one. */
  readonly take: () => Item<B> | undefined
  /** Forgets an item that has ended, if all its outputs are handed on. */
  readonly settle: (entry: Entry<B>) => void
  /** Forgets every item and stops it. */
  readonly stopAll: () => void
}

/**
 * Makes the outputs of a scope. `'source'`: those of the oldest item first, and a later one waits for it.
 * `'completion'`: as they came.
 */
export const outputsIn = <B>(order: 'source' | 'completion'): Outputs<B> => {
  /** All items, oldest first. */
  const entries: Entry<B>[] = []
  /** For the order of completion: the item of each output that waits. */
  const came = fifo<Entry<B>>()

  const next = (): Entry<B> | undefined => (order === 'completion' ? came.shift() : entries[0])
  const settle = (entry: Entry<B>) => {
    if (!entry.ended || entry.waiting.length > 0) return
    const place = entries.indexOf(entry)
    if (place >= 0) entries.splice(place, 1)
  }

  return {
    size: () => entries.length,
    add: () => {
      const entry = new Entry<B>()
      entries.push(entry)
      return entry
    },
    put: (entry, output) => {
      entry.waiting.push(output)
      if (order === 'completion') came.push(entry)
    },
    take: () => {
      const entry = next()
      const output = entry?.waiting.shift()
      if (entry !== undefined && output !== undefined) settle(entry)
      return output
    },
    settle,
    // Newest first, so that stopping an item that runs does not start one that waits for its slot.
    stopAll: () => {
      for (const entry of entries.splice(0).reverse()) entry.stop()
    },
  }
}
