/**
 * The milliseconds that a server asks to wait: `retry-after-ms`, else `retry-after` in seconds or as a date (RFC 9110,
 * 10.2.3). Undefined where it says nothing, or nothing that can be waited for.
 */
export const retryAfterMs = (
  header: (name: string) => string | undefined,
  now: () => number = Date.now,
): number | undefined => {
  const number = (text: string | undefined): number =>
    text === undefined || text.trim() === '' ? Number.NaN : Number(text)
  const text = header('retry-after')
  const waits = [
    number(header('retry-after-ms')),
    number(text) * 1000,
    text === undefined ? Number.NaN : Date.parse(text) - now(),
  ]
  return waits.find(wait => Number.isFinite(wait) && wait >= 0)
}
