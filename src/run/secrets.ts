const secretName = /(?:api_?key|token|secret|password|passwd|credentials?|private_key|access_key)$/i
const shapes = [
  /\bsk-[A-Za-z0-9_-]{16,}/g,
  /\b(?:ghp|gho|ghs|github_pat|hf|glpat|xox[abp])[_-][A-Za-z0-9_-]{16,}/g,
  /\bAKIA[A-Z0-9]{16}\b/g,
  /\bAIza[A-Za-z0-9_-]{30,}/g,
  /(?<=\b[Bb]earer\s+)[A-Za-z0-9._~+/=-]{16,}/g,
  /(?<=:\/\/[^/\s:@]{1,64}:)[^/\s:@]{3,}(?=@)/g,
]
const hidden = '[secret]'

/** Text without secrets, and the same for every text inside a JSON value. */
export interface Scrub {
  readonly text: (text: string) => string
  readonly value: (value: unknown) => unknown
}

/**
 * Hides what must never be written: values of environment variables whose name ends like a secret's (at least 8
 * characters), values of object fields so named, and what looks like an API key, a bearer token or a password in a URL.
 * Everything a run writes or prints goes through this.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { scrubber } from 'kinograd/run'
 *
 * const { text } = scrubber({ MY_TOKEN: 'hush-hush-hush' })
 * assert.equal(text('sent hush-hush-hush'), 'sent [secret]')
 * ```
 */
export const scrubber = (env: Readonly<Record<string, string | undefined>>): Scrub => {
  const known = Object.entries(env)
    .flatMap(([name, value]) => (secretName.test(name) && value !== undefined && value.length >= 8 ? [value] : []))
    .sort((a, b) => b.length - a.length)
  const text = (from: string): string => {
    const plain = known.reduce((left, secret) => left.replaceAll(secret, hidden), from)
    return shapes.reduce((left, shape) => left.replace(shape, hidden), plain)
  }
  const value = (from: unknown): unknown => {
    if (typeof from === 'string') return text(from)
    if (Array.isArray(from)) return from.map(value)
    if (typeof from !== 'object' || from === null) return from
    return Object.fromEntries(
      Object.entries(from).map(([key, inner]) => [
        text(key),
        secretName.test(key) && typeof inner === 'string' ? hidden : value(inner),
      ]),
    )
  }
  return { text, value }
}
