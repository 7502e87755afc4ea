import type { Held } from './status-held.ts'
import { fitted, piecesOf } from './status-numbers.ts'
import { rate } from './status-rate.ts'
import { duration, oneLine } from './status-words.ts'

/** How far a phase is, and the milliseconds that are left: by how fast it goes of late, else by all that it took. */
const progressText = (
  phase: string,
  { took, perSecond }: { readonly took: number; readonly perSecond: number | undefined },
  done: number,
  total: number,
  note: string,
): string => {
  const each = perSecond === undefined ? took / Math.max(1, done) : 1000 / perSecond
  const left = done > 0 && done < total ? `, ${duration(each * (total - done))} left` : ''
  return `${oneLine(phase)} ${done}/${total} ${duration(took)}${left}${note === '' ? '' : `  ${oneLine(note)}`}`
}

/** What is known of a phase that is under way. */
export interface PhaseUnderWay {
  /** Milliseconds since it began. */
  readonly took: () => number
  readonly progress: (done: number, total: number, note: string) => void
  readonly numbers: (values: Readonly<Record<string, number | null>>) => void
  readonly sign: (words: string | undefined) => void
  /** All of it in a line of so many columns; nothing before it was first said how far it is. */
  readonly text: (columns: number, held: Held | undefined) => string
}

/** A phase that begins now. Holds its newest numbers. */
export const phaseUnderWay = (name: string, now: () => number): PhaseUnderWay => {
  const since = now()
  const values = new Map<string, number>()
  const [items, tokens] = [rate(now), rate(now)]
  let [soFar, sampled] = ['', 0]
  let sign: string | undefined
  const took = () => now() - since
  return {
    took,
    progress: (done, total, note) => {
      items.reach(done)
      soFar = progressText(name, { took: took(), perSecond: items.perSecond() }, done, total, note)
    },
    numbers: ({ tokens: more, ...others }) => {
      for (const [key, value] of Object.entries(others)) if (value !== null) values.set(key, value)
      if (more === undefined || more === null) return
      sampled += more
      tokens.reach(sampled)
    },
    sign: words => {
      sign = words
    },
    text: (columns, held) => {
      const [itemsPerSecond, tokensPerSecond] = [items.perSecond(), tokens.perSecond()]
      const pieces = piecesOf({ values, itemsPerSecond, tokensPerSecond, held, sign })
      // What a note says already is not said twice.
      const fresh = pieces.filter(piece => !(piece.startsWith('loss ') && soFar.includes(' loss ')))
      return soFar === '' ? '' : fitted(soFar, fresh, columns)
    },
  }
}
