import { either as E } from 'fp-ts'
import { hasKey, isKey, isRandom, isSecretName } from './key-like.ts'
import { hidden, withoutShapes } from './key-shapes.ts'

/** Text without secrets, and the same for every text inside a JSON value. */
export interface Scrub {
  readonly text: (text: string) => string
  readonly value: (value: unknown) => unknown
}

const withoutQuotes = (value: string): string => /^(["'`])(.*)\1$/s.exec(value)?.[2] ?? value

/** A text as addresses write it; halves of surrogate pairs have no such form. */
const inUrl = (value: string): string => encodeURIComponent(value.replace(/\p{Cs}/gu, '\ufffd'))

/** How one secret may stand in a text: as it is, trimmed, without its quotes, in JSON, in an address. */
const formsOf = (value: string): readonly string[] => {
  const plain = withoutQuotes(value.trim())
  return [value, value.trim(), plain, plain.trim()].flatMap(form => [
    form,
    JSON.stringify(form).slice(1, -1),
    inUrl(form),
    inUrl(form).replaceAll('%20', '+'),
  ])
}

const decoded = (value: string): string =>
  E.getOrElse(() => value)(
    E.tryCatch(
      () => decodeURIComponent(value),
      () => 'no escapes of an address',
    ),
  )

/** The password that an address holds, as it stands there and as it is. */
const passwordOf = (value: string): readonly string[] => {
  const found = /^[a-z][a-z0-9+.-]*:\/\/[^\s/:@]{0,64}:([^\s/]{1,256})@/i.exec(value.trim())?.[1]
  return found === undefined ? [] : [found, decoded(found)]
}

/** Secrets of an environment, the longest first, so that none is hidden in part. */
const secretsOf = (env: Readonly<Record<string, string | undefined>>, more: readonly string[]): readonly string[] => {
  const held = Object.entries(env).flatMap(([name, value = '']) => {
    const plain = withoutQuotes(value.trim()).trim()
    const own = isSecretName(name) ? isKey(name, plain) : isRandom(plain)
    return [...(own ? [value] : []), ...passwordOf(plain).filter(password => isKey('', password))]
  })
  return [...new Set([...held, ...more].flatMap(formsOf))]
    .filter(form => form.length >= 8)
    .sort((a, b) => b.length - a.length)
}

/**
 * Hides what must never be written, by what it is: values of the environment that are keys (also trimmed, unquoted, as
 * JSON and as addresses write them), passwords in addresses, `more` that is known to be secret, and what has the shape of
 * a key: those of Anthropic, OpenAI, Hugging Face, GitHub, AWS, Google and others, JSON Web Tokens, private keys in PEM,
 * bearer tokens. What a field is called never hides its value, and ordinary words are never hidden, be they a password.
 * Everything a run writes or prints goes through this. Linear in the text.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { scrubber } from 'kinograd/run'
 *
 * const { text, value } = scrubber({ MY_TOKEN: 'hush-hush-hush', DB_PASSWORD: 'perception' })
 * assert.equal(text('sent hush-hush-hush'), 'sent [secret]')
 * assert.deepEqual(value({ eosToken: '<|im_end|>', of: 'perception' }), { eosToken: '<|im_end|>', of: 'perception' })
 * ```
 */
export const scrubber = (env: Readonly<Record<string, string | undefined>>, more: readonly string[] = []): Scrub => {
  const known = secretsOf(env, more)
  const text = (from: string): string =>
    withoutShapes(known.reduce((left, secret) => left.replaceAll(secret, hidden), from))
  const value = (from: unknown): unknown => {
    if (typeof from === 'string') return text(from)
    if (Array.isArray(from)) return from.map(value)
    if (typeof from !== 'object' || from === null) return from
    return Object.fromEntries(
      Object.entries(from).map(([key, inner]) => [
        text(key),
        typeof inner === 'string' && isSecretName(key) && hasKey(inner) ? hidden : value(inner),
      ]),
    )
  }
  return { text, value }
}
