import * as t from 'io-ts'
import { inWords } from './mistake.ts'
import { nearest } from './nearest.ts'

/** A codec whose name says what is wanted, as it reads after "must be": `a whole number above 0`. Settings are read, never written. */
export interface Setting<A> extends t.Decoder<unknown, A> {
  /** The settings inside it by name, where it has a form with some. */
  readonly inside?: Readonly<Record<string, Setting<unknown>>>
}

/** What a setting is once it has been read. */
export type Read<S> = S extends Setting<infer A> ? A : never

/** A setting by its validation, and the settings inside it. */
export const validated = <A>(
  name: string,
  validate: Setting<A>['validate'],
  inside?: Setting<A>['inside'],
): Setting<A> => {
  const codec: Setting<A> = {
    ...{ name, validate },
    decode: value => validate(value, [{ key: '', type: codec }]),
    ...(inside === undefined ? {} : { inside }),
  }
  return codec
}

/** A setting of one value: `read` gives undefined where it is not what is wanted. */
export const setting = <A>(wanted: string, read: (value: unknown) => A | undefined): Setting<A> =>
  validated(wanted, (value, context) => {
    const found = read(value)
    return found === undefined ? t.failure(value, context) : t.success(found)
  })

/** Bounds of a number, each of which may be left away. */
interface Bounds {
  readonly above?: number
  readonly from?: number
  readonly to?: number
}

const within = ({ above, from, to }: Bounds, value: number): boolean =>
  (above === undefined || value > above) && (from === undefined || value >= from) && (to === undefined || value <= to)

const boundsInWords = ({ above, from, to }: Bounds): string => {
  const low = above === undefined ? (from === undefined ? '' : ` from ${from}`) : ` above ${above}`
  return to === undefined ? low : `${low === '' ? ' up' : low} to ${to}`
}

/** A number within bounds. */
export const number = (bounds: Bounds = {}): Setting<number> =>
  setting(`a number${boundsInWords(bounds)}`, value =>
    typeof value === 'number' && Number.isFinite(value) && within(bounds, value) ? value : undefined,
  )

/** A whole number within bounds. */
export const whole = (bounds: Bounds = {}): Setting<number> =>
  setting(`a whole number${boundsInWords(bounds)}`, value =>
    typeof value === 'number' && Number.isSafeInteger(value) && within(bounds, value) ? value : undefined,
  )

const percent = /^(\d{1,3}(?:\.\d+)?)\s*%$/

/** A share from 0 to 1; `5%` is 0.05. */
export const share: Setting<number> = setting('a share from 0 to 1, or percent such as 5%', value => {
  const read = typeof value === 'string' ? Number(percent.exec(value)?.[1]) / 100 : value
  return typeof read === 'number' && read >= 0 && read <= 1 ? read : undefined
})

/** A text that says something. */
export const text = (wanted = 'a text'): Setting<string> =>
  setting(wanted, value => (typeof value === 'string' && value.trim() !== '' ? value : undefined))

/** Yes or no, as YAML writes it. */
export const flag: Setting<boolean> = setting('true or false', value =>
  typeof value === 'boolean' ? value : undefined,
)

/** One of a few words; the nearest is named where it is none. */
export const choice = <const W extends string | number>(words: readonly W[]): Setting<W> => {
  const is = (value: unknown): value is W => words.some(word => word === value)
  const wanted = words.length === 1 ? `${words[0]}` : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`
  return validated(wanted, (value, context) => {
    if (is(value)) return t.success(value)
    const hint = typeof value === 'string' ? nearest(value, words.map(String)) : ''
    return words.length > 2 || hint.startsWith('Did you mean')
      ? t.failure(value, context, hint === '' ? undefined : `is ${inWords(value)}. ${hint}`)
      : t.failure(value, context)
  })
}

/** A text or a list of texts, as a list with at least one. */
export const texts = (wanted: string): Setting<readonly [string, ...string[]]> => {
  const one = (value: unknown): value is string => typeof value === 'string' && value.trim() !== ''
  return setting(wanted, value => {
    const [first, ...rest]: readonly unknown[] = Array.isArray(value) ? value : [value]
    return one(first) && rest.every(one) ? ([first, ...rest] as const) : undefined
  })
}
