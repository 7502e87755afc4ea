import { createHash } from 'node:crypto'

/** Eight characters that are others where a value is another: for folders of a cache. */
export const keyOf = (value: unknown): string =>
  createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 8)
