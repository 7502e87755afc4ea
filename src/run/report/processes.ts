import type { PhaseCurves } from './curves.ts'

/** The words of a name: what stands between marks such as `/`, `_` or a dot. */
const wordsOf = (name: string): readonly string[] => name.split(/[^\p{L}\p{N}]+/u).filter(word => word !== '')

/** Words that say what was measured, or how it was summed up: none of them names a process. */
const quantities = new Set(
  `reward rewards return score scores accuracy acc loss length lengths len token tokens num kl entropy grad gradient norm
  lr learning rate ratio share frac fraction clip clipped iou f1 precision recall advantage advantages variance std mean
  min max median avg average sum total count var low high region unscored malformed format completions terminated time
  seconds eval train test dev val validation step steps update updates same rollouts constant groups zero`.split(/\s+/),
)

/** Names with one word left out, by what is left, and the words that stand there. */
const families = (names: readonly string[]): ReadonlyMap<string, ReadonlySet<string>> => {
  const all = new Map<string, Set<string>>()
  for (const name of names) {
    const words = wordsOf(name)
    for (const [place, word] of words.entries()) {
      const rest = JSON.stringify(words.with(place, ''))
      all.set(rest, (all.get(rest) ?? new Set()).add(word))
    }
  }
  return all
}

/** Words that take each other's place in at least two kinds of metrics, and say nothing of what was measured. */
const inferred = (names: readonly string[]): readonly string[] => {
  const times = new Map<string, number>()
  for (const set of families(names).values()) {
    const words = [...set].toSorted()
    if (words.length < 2 || words.some(word => quantities.has(word.toLowerCase()) || /^\d+$/.test(word))) continue
    const key = JSON.stringify(words)
    times.set(key, (times.get(key) ?? 0) + 1)
  }
  const [best] = [...times].filter(([, count]) => count > 1).toSorted(([, a], [, b]) => b - a)
  if (best === undefined) return []
  const words = new Set(best[0].match(/[\p{L}\p{N}]+/gu))
  return [...new Set(names.flatMap(wordsOf))].filter(word => words.has(word))
}

/**
 * The names of a run's processes, whatever they are: those that rewards were given to (`known`), those of metrics
 * `rewards/<process>/mean`, and where there are none of either, words that take each other's place in the names of metrics
 * (`look.score`, `when.score`, `look.length`, `when.length`).
 */
export const processNames = (phases: readonly PhaseCurves[], known: readonly string[]): readonly string[] => {
  // What compares normalisers names these, too, and no processes.
  const names = [...new Set(phases.flatMap(({ lines }) => [...lines.keys()]))].filter(
    name => !name.startsWith('same_rollouts/'),
  )
  const named = names.flatMap(name => /^rewards\/(.+)\/mean$/.exec(name)?.[1] ?? [])
  const told = [...new Set([...known, ...named])]
  return told.length > 0 ? told : inferred(names)
}

/** A metric's name with the process in it, and what is left of it without. */
export interface NamedMetric {
  readonly name: string
  readonly process?: string
  /** The name with `*` in place of the process; the name itself where there is none. */
  readonly kind: string
}

const isMark = (character: string | undefined): boolean => character === undefined || !/[\p{L}\p{N}]/u.test(character)

/** Which process a metric is of: the longest of those whose name stands in it as words of their own. */
export const processOf = (name: string, processes: readonly string[]): NamedMetric => {
  const lower = name.toLowerCase()
  const [found] = processes
    .flatMap(process => {
      const at = process === '' ? -1 : lower.indexOf(process.toLowerCase())
      const end = at + process.length
      return at >= 0 && isMark(lower[at - 1]) && isMark(lower[end]) ? [{ process, at, end }] : []
    })
    .toSorted((a, b) => b.process.length - a.process.length)
  return found === undefined
    ? { name, kind: name }
    : { name, process: found.process, kind: `${name.slice(0, found.at)}*${name.slice(found.end)}` }
}
