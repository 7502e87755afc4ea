import type { Colours } from './figure.ts'

/** Of Okabe and Ito's palette and ColorBrewer's: told apart by colour-blind readers too. */
export const palette = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#56b4e9', '#e69f00', '#888888', '#7570b3'] as const

/** A colour for each name, by its place. */
export const coloursInOrder = (names: readonly string[]): Colours =>
  Object.fromEntries(names.map((name, place) => [name, palette[place % palette.length]!]))
