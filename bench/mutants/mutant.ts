/** A fault to be seeded into a copy of a compiled room, and the law that has to notice. */
export interface Mutant {
  readonly name: string
  /** File of the room, compiled. */
  readonly file: string
  /** The text to replace; it must stand in the file exactly once, whatever the white space. */
  readonly find: string
  readonly put: string
  readonly law: string
}
