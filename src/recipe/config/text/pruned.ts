const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** A value without what stands at a path; without the last that is there of the path, where it does not lead to its end. */
export const pruned = (value: unknown, path: readonly string[]): unknown => {
  const [first, ...rest] = path
  if (first === undefined || !isMap(value) || !Object.hasOwn(value, first)) return undefined
  const inner = pruned(value[first], rest)
  const { [first]: _, ...others } = value
  return inner === undefined ? others : { ...others, [first]: inner }
}
