/** A queue: first in, first out, constant time at both ends whatever its length. */
export interface Fifo<T> {
  readonly push: (value: T) => void
  readonly shift: () => T | undefined
  readonly peek: () => T | undefined
  /** Takes a value out of the middle, if it is there. Linear time. */
  readonly remove: (value: T) => void
  readonly size: () => number
}

/** Makes an empty queue. `Array.shift` moves every element of a long array; this moves a head index. */
export const fifo = <T>(): Fifo<T> => {
  let values: (T | undefined)[] = []
  let head = 0
  const tidy = () => {
    if (head > 32 && head * 2 > values.length) {
      values = values.slice(head)
      head = 0
    }
  }
  return {
    push: value => {
      values.push(value)
    },
    shift: () => {
      if (head === values.length) return undefined
      const value = values[head]
      values[head] = undefined
      head += 1
      tidy()
      return value
    },
    peek: () => values[head],
    remove: value => {
      const place = values.indexOf(value, head)
      if (place >= 0) values.splice(place, 1)
    },
    size: () => values.length - head,
  }
}
