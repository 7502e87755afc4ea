import { readFileSync } from 'node:fs'

/**
 * Bytes of address space that this process may use at most, where somebody limits it (`ulimit -v`) and the system says so (Linux);
 * else nothing. For the cause of a fault: libraries and WebAssembly that do not get addresses say little more than that.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { addressSpaceLimit } from 'kinograd/media'
 *
 * assert((addressSpaceLimit() ?? Infinity) > 1e9)
 * ```
 */
export const addressSpaceLimit = (): number | undefined => {
  try {
    const [, bytes] = /^Max address space +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? []
    return bytes === undefined ? undefined : Number(bytes)
  } catch {
    return undefined
  }
}

/** How a limit of address space is said at the end of a cause; nothing where there is none. */
export const limitInWords = (): string => {
  const limit = addressSpaceLimit()
  return limit === undefined ? '' : `; this process may use ${(limit / 1e9).toFixed(1)} GB of address space (ulimit -v)`
}
