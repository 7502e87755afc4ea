import type { MutantResult } from '@stryker-mutator/api/core'

/** A mutant that nobody can notice: the line it is in, what becomes of it (`from → to`), and why nothing changes. */
export interface Equivalent {
  readonly line: string
  readonly mutant: string
  readonly reason: string
}
/** Equivalents by source file. */
export type Equivalents = Readonly<Record<string, readonly Equivalent[]>>

/** A mutant that no test noticed, told by the text around it, since line numbers move. */
export interface Survivor extends Omit<Equivalent, 'reason'> {
  readonly file: string
  readonly at: number
}

/** How much stays of what both texts have in common, on either side of where they differ. */
const beside = 12

/** What becomes of a text: both in full, or where they are long, the parts that differ with a little of what is beside. */
const difference = (before: string, after: string): string => {
  const [from, to] = [before, after].map(text => text.replace(/\s+/g, ' ')) as [string, string]
  if (from.length + to.length <= 120) return `${from} → ${to}`
  const most = Math.min(from.length, to.length)
  let start = 0
  while (start < most && from[start] === to[start]) start++
  let end = 0
  while (end < most - start && from.at(-1 - end) === to.at(-1 - end)) end++
  const cut = (text: string): string => {
    const [first, last] = [Math.max(0, start - beside), Math.min(text.length, text.length - end + beside)]
    const part = text.slice(first, last)
    const short = part.length > 70 ? `${part.slice(0, 40)} … ${part.slice(-20)}` : part
    return `${first > 0 ? '… ' : ''}${short}${last < text.length ? ' …' : ''}`
  }
  return `${cut(from)} → ${cut(to)}`
}

const unnoticed = new Set(['Survived', 'NoCoverage'])
const noticed = new Set(['Killed', 'Timeout'])

/** The share of mutants that were noticed, in percent; equivalent ones count as unnoticed. */
export const score = (mutants: readonly MutantResult[]): number => {
  const killed = mutants.filter(({ status }) => noticed.has(status)).length
  const lived = mutants.filter(({ status }) => unnoticed.has(status)).length
  return (100 * killed) / (killed + lived)
}

/** Mutants that no test noticed; `source` gives a file's text. */
export const survivors = (mutants: readonly MutantResult[], source: (file: string) => string): readonly Survivor[] =>
  mutants
    .filter(({ status }) => unnoticed.has(status))
    .map(({ fileName: file, location: { start, end }, replacement = '' }) => {
      const lines = source(file)
        .split('\n')
        .slice(start.line - 1, end.line)
      const line = lines[0]!.trim()
      const cut = lines.map((text, i) =>
        text.slice(i === 0 ? start.column - 1 : 0, i === lines.length - 1 ? end.column - 1 : undefined),
      )
      return { file, at: start.line, line, mutant: difference(cut.join('\n'), replacement) }
    })

/** Survivors that the list does not name, and names that no survivor bears: an entry covers one mutant. */
export const compare = (found: readonly Survivor[], listed: Equivalents) => {
  const open = Object.entries(listed).flatMap(([file, list]) => list.map(entry => ({ file, ...entry })))
  const unlisted = found.filter(({ file, line, mutant }) => {
    const index = open.findIndex(entry => entry.file === file && entry.line === line && entry.mutant === mutant)
    if (index >= 0) open.splice(index, 1)
    return index < 0
  })
  return { unlisted, stale: open }
}
