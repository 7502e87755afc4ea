/** A JSON object, as it was read. */
export type Row = Readonly<Record<string, unknown>>

/** Whether a value is a JSON object, and no list. */
export const isRow = (value: unknown): value is Row =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Under this name the published form keeps fields whose own names it needs itself. */
const nest = 'extra'

/** The fields of a row that the names do not hold; nothing where there are none. What stands under `extra` is taken out of it. */
export const extraOf = (row: Row, known: ReadonlySet<string>): { readonly extra?: Row } => {
  let count = 0
  for (const name in row) if (!known.has(name)) count += 1
  if (count === 0) return {}
  const left = Object.entries(row).filter(([name]) => !known.has(name))
  const nested = row[nest]
  if (!isRow(nested)) return { extra: Object.fromEntries(left) }
  const extra = [...left.filter(([name]) => name !== nest), ...Object.entries(nested)]
  return extra.length === 0 ? {} : { extra: Object.fromEntries(extra) }
}

/**
 * Joins fields that were kept to those that are written. A name of `taken` means something in the written form: such a field goes under
 * `extra`. One that the record now has as a field of its own, in `own`, is out of date and left out.
 */
export const withExtra = (
  written: Row,
  extra: Row | undefined,
  taken: ReadonlySet<string>,
  own: (name: string) => boolean,
): Row => {
  if (extra === undefined) return written
  const kept = Object.entries(extra).filter(([name]) => taken.has(name) || !own(name))
  const aside = kept.filter(([name]) => name === nest || taken.has(name))
  const beside = kept.filter(([name]) => name !== nest && !taken.has(name))
  return {
    ...written,
    ...Object.fromEntries(beside),
    ...(aside.length === 0 ? {} : { [nest]: Object.fromEntries(aside) }),
  }
}
