const [space, comma, closeObject] = [0x20, 0x2c, 0x7d]

/** How most elements of an array are parted, as seen between two of them: `}, {"problem_id"`. */
export interface Separator {
  /** Looks at what stands behind an element that ends at a comma, if nothing is known yet. `beginning` is how elements begin. */
  readonly learn: (bytes: Buffer, start: number, end: number, beginning: Buffer) => void
  /** Where the element seems to end that begins here, and where the next one begins; nothing where that cannot be told. */
  readonly next: (bytes: Buffer, from: number) => { readonly end: number; readonly start: number } | undefined
  /** The element did not end there. */
  readonly missed: () => void
}

/** So often it may be wrong; an array whose elements are of several forms is scanned from then on. */
const mostMissed = 16

/** The place of the next byte that is not blank. */
const behindBlanks = (bytes: Buffer, from: number): number => {
  let at = from
  while (at < bytes.length && bytes[at]! <= space) at++
  return at
}

/** Knows nothing yet. An element with a quote in what parts it from the next cannot hold the same in a text, where quotes have a backslash. */
export const separator = (): Separator => {
  let parting: Buffer | undefined
  /** In these bytes it does not come again: each is searched to its end once. */
  let searched: Buffer | undefined
  let [own, missed] = [0, 0]
  return {
    learn: (bytes, start, end, beginning) => {
      if (parting !== undefined || beginning.length === 0) return
      let last = end - 1
      while (last > start && bytes[last]! <= space) last--
      const next = behindBlanks(bytes, end + 1)
      const behind = next + beginning.length
      if (bytes[last] !== closeObject || bytes[end] !== comma || behind - last > 256) return
      if (!bytes.subarray(next, behind).equals(beginning)) return
      parting = Buffer.from(bytes.subarray(last, behind))
      own = next - last
    },
    next: (bytes, from) => {
      if (parting === undefined || missed >= mostMissed || bytes === searched) return undefined
      const at = bytes.indexOf(parting, from)
      if (at >= 0) return { end: at + 1, start: at + own }
      searched = bytes
      return undefined
    },
    missed: () => {
      missed += 1
    },
  }
}
