import { fifo } from './fifo.ts'

/** A place in a line that was taken early and is needed later. */
interface Turn {
  over: boolean
  go: (() => void) | undefined
}

/** A line in which everybody goes in the order of arrival, however long each takes to get ready. */
export interface Turns {
  readonly take: () => Turn
  /** Calls `go` when everybody before is over; gives back how to stop waiting. */
  readonly wait: (turn: Turn, go: () => void) => () => void
  /** Ends a turn, used or not. */
  readonly end: (turn: Turn) => void
}

export const turns = (): Turns => {
  const line = fifo<Turn>()
  const next = () => {
    const head = line.peek()
    const go = head?.go
    if (head === undefined || go === undefined) return
    head.go = undefined
    go()
  }
  return {
    take: () => {
      const turn: Turn = { over: false, go: undefined }
      line.push(turn)
      return turn
    },
    wait: (turn, go) => {
      turn.go = go
      next()
      return () => {
        turn.go = undefined
      }
    },
    end: turn => {
      turn.over = true
      while (line.peek()?.over) line.shift()
      next()
    },
  }
}
