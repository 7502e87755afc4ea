/** A record with one value a name. */
export const byName = <K extends string, V>(names: readonly K[], value: (name: K) => V): Record<K, V> => {
  const record: Partial<Record<K, V>> = {}
  for (const name of names) record[name] = value(name)
  return record as Record<K, V>
}
