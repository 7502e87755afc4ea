/**
 * A record with one value a process. Names of processes are foreign text: one called `__proto__` becomes a key like any
 * other, where a plain assignment would lose it.
 */
export const byProcess = <K extends string, V>(
  processes: readonly K[],
  make: (process: K, index: number) => V,
): Record<K, V> => {
  const values: Partial<Record<K, V>> = {}
  for (let p = 0; p < processes.length; p++) {
    const process = processes[p]!
    const value = make(process, p)
    if (process === '__proto__')
      Object.defineProperty(values, process, { value, enumerable: true, configurable: true, writable: true })
    else values[process] = value
  }
  // Every process was given its value above.
  return values as Record<K, V>
}

/** The names that a record has of its own, typed. */
export const namesOf = <K extends string>(record: Readonly<Record<K, unknown>>): readonly K[] =>
  Object.keys(record) as K[]
