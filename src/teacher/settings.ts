/** A JSON value with its keys in order, so that equal settings are equal text. */
const ordered = (value: unknown): unknown =>
  Array.isArray(value)
    ? value.map(ordered)
    : typeof value === 'object' && value !== null
      ? Object.fromEntries(
          Object.entries(value)
            .toSorted(([a], [b]) => (a < b ? -1 : 1))
            .map(([key, inner]) => [key, ordered(inner)]),
        )
      : value

/** Settings as text: equal for equal ones, whatever the order they were given in. */
export const settingsText = (settings: object): string => JSON.stringify(ordered(settings))
