import type { Passage } from 'kinograd/stages'

/** A text of a clip: a letter and a digit. */
export interface Code {
  readonly letter: string
  readonly digit: number
}

const letters: readonly string[] = ['H', 'K', 'M', 'P', 'R', 'T', 'X', 'Z']

/** Every text that a clip of the world may show. */
export const codes: readonly Code[] = letters.flatMap(letter =>
  Array.from({ length: 9 }, (_, i) => ({ letter, digit: i + 1 })),
)

const nameOf = ({ letter, digit }: Code): string => `${letter} ${digit}`

/** A digit that depends on a text alone (FNV-1a). */
export const digitOf = (text: string): number => {
  const hash = [...text].reduce((h, c) => Math.imul(h ^ (c.codePointAt(0) ?? 0), 0x01000193), 0x811c9dc5)
  return ((hash ^ (hash >>> 15)) >>> 0) % 10
}

/** Whether fine-tuning without retrieval is taught the number of a code: of every second one. */
export const isTaught = ({ letter, digit }: Code): boolean => (letters.indexOf(letter) + digit) % 2 === 0

/** The number of a code in the catalogue of a seed: no clip shows it. */
export const numberOf = (code: Code, seed: number): number => digitOf(`${seed} ${nameOf(code)}`)

/** What the catalogue says of a code, in words of the world. */
export const sayEntry = (code: Code, number: number): string => `text ${nameOf(code)} is ${number} .`

/** The catalogue as passages: an entry is found by its title, not by the number that it gives. */
export const catalogue = (seed: number): readonly Passage[] =>
  codes.map(code => ({ id: nameOf(code), title: nameOf(code), text: sayEntry(code, numberOf(code, seed)) }))
