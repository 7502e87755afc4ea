/** A whole number as JSON can hold it: as a text where a number would not be exact. */
const wholeNumber = (value: bigint): number | string =>
  value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : String(value)

/**
 * A value of a column as JSON can hold it, so that it can be written again: whole numbers of 64 bits as numbers, or as texts beyond 2⁵³;
 * points of time in the form of ISO 8601; bytes in base64. Lists and structures alike.
 */
export const plainValue = (value: unknown): unknown => {
  if (typeof value === 'bigint') return wholeNumber(value)
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString()
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  if (Array.isArray(value)) return value.map(plainValue)
  if (value instanceof Float32Array || value instanceof Float64Array || value instanceof Int32Array)
    return Array.from(value)
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, plainValue(inner)]))
}
