/** One setting in which two configurations differ. */
export interface Difference {
  /** Dotted path of the setting, as `rl.learningRate`. */
  readonly field: string
  readonly saved: unknown
  readonly asked: unknown
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Every setting in which two configurations differ, in the order of their names. Compares what JSON can hold. */
export const differences = (saved: unknown, asked: unknown, path = ''): readonly Difference[] => {
  if (isObject(saved) && isObject(asked)) {
    const fields = [...new Set([...Object.keys(saved), ...Object.keys(asked)])].sort()
    return fields.flatMap(field => differences(saved[field], asked[field], path === '' ? field : `${path}.${field}`))
  }
  return JSON.stringify(saved) === JSON.stringify(asked) ? [] : [{ field: path === '' ? 'config' : path, saved, asked }]
}
