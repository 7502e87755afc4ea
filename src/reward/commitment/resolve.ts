import type { Statement } from './statement.ts'

/** The keys of what a statement names, without repetition, in a fixed order. */
const keysOf = <V>({ mentions }: Statement<V>): string => [...new Set(mentions.map(({ key }) => key))].sort().join(' ')

/** The one of several statements that stands: all say the same, or the last takes back what was said before it. */
const standing = <V>(given: readonly Statement<V>[]): Statement<V> | null => {
  const last = given.at(-1)
  if (last === undefined) return null
  const said = keysOf(last)
  const other = given.findLastIndex(statement => keysOf(statement) !== said)
  return other === -1 || given[other + 1]!.corrects ? last : null
}

/** The first statement, where all that the text names behind it belongs to its reasons: "B, because A is …". */
export const explained = <V>(given: readonly Statement<V>[]): Statement<V> | null => {
  const [first, second] = given
  return first !== undefined && !first.open && second?.explains === true ? first : null
}

/**
 * What a text commits itself to, out of its statements: the final answer if it names one, else what it says that the
 * answer is, else what it says that it must be, else the only thing that it names. Null when it names several or none.
 */
export const committed = <V>(given: readonly Statement<V>[]): Statement<V> | null => {
  const final = given.filter(({ firmness }) => firmness === 3)
  const firm = given.filter(({ firmness }) => firmness >= 1)
  const firmest = firm.filter(({ firmness }) => firmness >= 2)
  const chosen =
    final.length > 0
      ? standing(final)
      : firm.length > 0
        ? (standing(firm) ?? (firm.at(-1)!.firmness === 1 ? standing(firmest) : null))
        : standing(
            given.some(({ firmness }) => firmness === 0) ? given.filter(({ firmness }) => firmness === 0) : given,
          )
  return chosen === null || (chosen.open && new Set(chosen.mentions.map(({ key }) => key)).size > 1) ? null : chosen
}
