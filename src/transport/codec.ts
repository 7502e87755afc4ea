import * as t from 'io-ts'

/**
 * A codec of values that are written as they are, for `lifted`: plain ones, and `Uint8Array`s anywhere in them. `is` says whether what
 * came is one.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { plain } from 'kinograd/transport'
 *
 * const word = plain('a word', (value): value is string => typeof value === 'string')
 * assert(word.is('boxes') && !word.is(3))
 * ```
 */
export const plain = <A>(name: string, is: (value: unknown) => value is A): t.Type<A, unknown> =>
  new t.Type(name, is, (value, context) => (is(value) ? t.success(value) : t.failure(value, context)), t.identity)

/** A codec of bytes, for fields of an io-ts codec: they travel apart from the message where they are many. */
export const bytes: t.Type<Uint8Array, unknown> = plain(
  'bytes',
  (value): value is Uint8Array => value instanceof Uint8Array,
)
