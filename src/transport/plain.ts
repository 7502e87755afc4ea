import { either as E } from 'fp-ts'
import { type Fault, fault } from '../flow/index.ts'
import { nestingLimit } from '../untrusted/index.ts'

/** A value as JSON can say it, with `null` where bytes stood, and the bytes by their places: `/frames/data`. */
export interface Packed {
  readonly json: unknown
  readonly bytes: ReadonlyMap<string, Uint8Array>
}

const below = (place: string, name: string | number): string =>
  `${place}/${String(name).replaceAll('~', '~0').replaceAll('/', '~1')}`

const isPlainObject = (value: object): boolean => {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

class NotPlain extends Error {}

const packedAt = (value: unknown, place: string, depth: number, bytes: Map<string, Uint8Array>): unknown => {
  if (depth > nestingLimit - 8) throw new NotPlain(`is nested deeper than ${nestingLimit - 8} levels`)
  if (value instanceof Uint8Array) {
    bytes.set(place, value)
    return null
  }
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value
  if (typeof value === 'number' && Number.isFinite(value)) return value
  if (Array.isArray(value)) return value.map((one, i) => packedAt(one ?? null, below(place, i), depth + 1, bytes))
  if (typeof value === 'object' && isPlainObject(value))
    return Object.fromEntries(
      Object.entries(value)
        .filter(([, one]) => one !== undefined)
        .map(([name, one]) => [name, packedAt(one, below(place, name), depth + 1, bytes)]),
    )
  throw new NotPlain(`holds ${typeof value === 'object' ? value.constructor.name : String(value)} at ${place || '/'}`)
}

/**
 * Takes the bytes out of a value. Left: `NotPlain`, for what JSON cannot say:
 * NaN, dates, maps, functions, circles.
 */
export const pack = (value: unknown): E.Either<Fault, Packed> => {
  const bytes = new Map<string, Uint8Array>()
  return E.tryCatch(
    () => ({ json: packedAt(value, '', 0, bytes), bytes }),
    error =>
      fault(
        'NotPlain',
        `a value ${error instanceof Error ? error.message : String(error)}`,
        'Let the codec of the stage give plain values: numbers, texts, lists, objects and Uint8Array.',
      ),
  )
}

/** Puts bytes back where they were taken out. */
export const unpack = ({ json, bytes }: Packed, place = ''): unknown => {
  if (json === null) return bytes.get(place) ?? null
  if (bytes.size === 0 || typeof json !== 'object') return json
  if (Array.isArray(json)) return json.map((one: unknown, i) => unpack({ json: one, bytes }, below(place, i)))
  return Object.fromEntries(
    Object.entries(json).map(([name, one]) => [name, unpack({ json: one, bytes }, below(place, name))]),
  )
}

/** JSON in which equal values are written alike, in whatever order their names stand. */
export const sortedText = (json: unknown): string =>
  JSON.stringify(json, (_, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  )
