import { createHash } from 'node:crypto'
import { type Draw, draw } from '../report/charts.ts'
import type { Html } from '../report/html.ts'

/** Figures that are drawn once for as long as they stay as they are. */
export interface Drawings {
  readonly draw: Draw
  /** Forgets figures that were not asked for since the last time. */
  readonly sweep: () => void
}

/** Keeps drawn figures by what they show. Holds those of the last round. */
export const drawings = (): Drawings => {
  let before = new Map<string, Html>()
  let now = new Map<string, Html>()
  return {
    draw: async figure => {
      const key = createHash('sha256').update(JSON.stringify(figure)).digest('base64')
      const drawn = now.get(key) ?? before.get(key) ?? (await draw(figure))
      now.set(key, drawn)
      return drawn
    },
    sweep: () => {
      before = now
      now = new Map()
    },
  }
}
