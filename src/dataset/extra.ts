/** A JSON object, as it was read. */
export type Row = Readonly<Record<string, unknown>>

/** Whether a value is a JSON object, and no list. */
export const isRow = (value: unknown): value is Row =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Under this name the published form keeps fields whose own names it needs itself. */
const nest = 'extra'

/** Gives an object a field of its own, whatever its name is: a plain assignment of `__proto__` would do something else. */
const put = (object: Record<string, unknown>, name: string, value: unknown): void => {
  if (name === '__proto__')
    Object.defineProperty(object, name, { value, enumerable: true, writable: true, configurable: true })
  else object[name] = value
}

/** The fields of a row that the names do not hold; nothing where there are none. What stands under `extra` is taken out of it. */
export const extraOf = (row: Row, known: ReadonlySet<string>): Row | undefined => {
  const extra: Record<string, unknown> = {}
  let isEmpty = true
  for (const name in row) {
    if (known.has(name)) continue
    const value = row[name]
    const fields = name === nest && isRow(value) ? value : undefined
    if (fields === undefined) put(extra, name, value)
    else for (const inner in fields) put(extra, inner, fields[inner])
    isEmpty = false
  }
  return isEmpty ? undefined : extra
}

/**
 * Adds fields that were kept to those that are to be written, in place. A name of `taken` means something in the written form: such a
 * field goes under `extra`. One that the record now has as a field of its own, in `own`, is out of date and left out.
 */
export const withExtra = (
  written: Record<string, unknown>,
  extra: Row | undefined,
  taken: ReadonlySet<string>,
  own: (name: string) => boolean,
): Record<string, unknown> => {
  let aside: Record<string, unknown> | undefined
  for (const [name, value] of Object.entries(extra ?? {})) {
    const isTaken = taken.has(name)
    if (!isTaken && own(name)) continue
    if (isTaken || name === nest) {
      aside ??= {}
      put(aside, name, value)
    } else put(written, name, value)
  }
  if (aside !== undefined) written[nest] = aside
  return written
}
