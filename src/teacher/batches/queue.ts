/** First in, first out. */
export interface Queue<T> {
  readonly put: (value: T) => void
  readonly size: () => number
  readonly take: () => T | undefined
}

/** An empty queue; taking does not move what is left. */
export const queue = <T>(): Queue<T> => {
  let incoming: T[] = []
  let outgoing: T[] = []
  return {
    put: value => void incoming.push(value),
    size: () => incoming.length + outgoing.length,
    take: () => {
      if (outgoing.length === 0) {
        outgoing = incoming.reverse()
        incoming = []
      }
      return outgoing.pop()
    },
  }
}
