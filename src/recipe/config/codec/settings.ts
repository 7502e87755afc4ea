import { either as E } from 'fp-ts'
import * as t from 'io-ts'
import type { Mistake } from './mistake.ts'
import { nearest } from './nearest.ts'
import { type Read, type Setting, validated } from './setting.ts'

/** The settings of a map by name. */
type Fields = Readonly<Record<string, Setting<unknown>>>
type Values<F extends Fields> = { readonly [K in keyof F]: Read<F[K]> }

/** Whether a value is a map of YAML. */
const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const ownValue = (map: Readonly<Record<string, unknown>>, name: string): unknown =>
  Object.hasOwn(map, name) ? map[name] : undefined

/** Values by name, each read by the codec that its name has; all that is wrong is told. */
const readEach = (
  names: Iterable<string>,
  codecOf: (name: string) => Setting<unknown>,
  map: Readonly<Record<string, unknown>>,
  context: t.Context,
): t.Validation<Readonly<Record<string, unknown>>> => {
  const errors: t.ValidationError[] = []
  const read: [string, unknown][] = []
  for (const name of names) {
    const codec = codecOf(name)
    const value = ownValue(map, name)
    const one = codec.validate(value, t.appendContext(context, name, codec, value))
    if (E.isLeft(one)) errors.push(...one.left)
    else read.push([name, one.right])
  }
  return errors.length > 0 ? t.failures(errors) : t.success(Object.fromEntries(read))
}

/** Settings that must be there, and those that may be; any other name is refused with the nearest one. */
export const settings = <R extends Fields, O extends Fields>(
  required: R,
  optional: O,
): Setting<Values<R> & Partial<Values<O>>> => {
  const known: Fields = { ...required, ...optional }
  const names = Object.keys(known)
  const stranger = (name: string) =>
    validated(name, (value, context) => t.failure(value, context, `is no setting here. ${nearest(name, names)}`))
  const codecOf = (name: string) => (Object.hasOwn(known, name) ? known[name]! : stranger(name))
  return validated(
    `settings (${names.join(', ')})`,
    (value, context) =>
      isMap(value)
        ? E.map(read => read as Values<R> & Partial<Values<O>>)(
            readEach(new Set([...Object.keys(value), ...Object.keys(required)]), codecOf, value, context),
          )
        : t.failure(value, context),
    known,
  )
}

/** A map from names of the user's own to values of one kind; at least one. */
export const named = <A>(what: string, codec: Setting<A>): Setting<Readonly<Record<string, A>>> =>
  validated(
    `a map from ${what}`,
    (value, context) =>
      isMap(value) && Object.keys(value).length > 0
        ? E.map(read => read as Readonly<Record<string, A>>)(readEach(Object.keys(value), () => codec, value, context))
        : t.failure(value, context),
    { NAME: codec },
  )

/** A list of settings; at least one. */
export const list = <A>(what: string, codec: Setting<A>): Setting<readonly A[]> =>
  validated(`a list of ${what}`, (value, context) => {
    if (!Array.isArray(value) || value.length === 0) return t.failure(value, context)
    const read = value.map((one, i) => codec.validate(one, t.appendContext(context, String(i), codec, one)))
    const wrong = read.flatMap(one => (E.isLeft(one) ? one.left : []))
    return wrong.length > 0 ? t.failures(wrong) : t.success(read.flatMap(one => (E.isRight(one) ? [one.right] : [])))
  })

/** A setting in its short form, one value, or in its long form, a map. */
export const shortOrLong = <A, B>(short: Setting<A>, long: Setting<B>): Setting<A | B> =>
  validated<A | B>(
    `${short.name}, or ${long.name}`,
    (value, context) => {
      if (isMap(value)) return long.validate(value, context)
      const read = short.validate(value, context)
      // A word that is nearly one of a few is told which; anything else, both forms.
      return E.isRight(read) || read.left.some(({ message }) => message !== undefined)
        ? read
        : t.failure(value, context)
    },
    long.inside,
  )

/** Further rules of a setting, told where they are broken: paths are counted from the setting itself. */
export const checked = <A>(codec: Setting<A>, rules: (value: A) => readonly Mistake[]): Setting<A> =>
  validated(
    codec.name,
    (value, context) =>
      E.flatMap((read: A): t.Validation<A> => {
        const broken = rules(read).map(({ path, says }) => ({
          value,
          context: path.reduce<t.Context>((at, key) => t.appendContext(at, key, t.unknown), context),
          message: says,
        }))
        return broken.length === 0 ? t.success(read) : t.failures(broken)
      })(codec.validate(value, context)),
    codec.inside,
  )

/** The rule that exactly one of some settings is given. */
export const exactlyOne =
  (names: readonly string[], example: string) =>
  (value: object): readonly Mistake[] => {
    const [first, second] = names.filter(name => Object.hasOwn(value, name))
    if (second !== undefined)
      return [{ path: [second], says: `stands beside ${first}, and only one of ${names.join(', ')} may be given` }]
    return first === undefined
      ? [{ path: [], says: `has none of ${names.join(', ')}: give one, such as ${example}` }]
      : []
  }

/** The names of all settings inside a codec, from the outermost on: `rl.sampling.maxTokens`. Names of the user's own are `NAME`. */
export const namesInside = ({ inside = {} }: Setting<unknown>, before = ''): readonly string[] =>
  Object.entries(inside).flatMap(([name, codec]) => [`${before}${name}`, ...namesInside(codec, `${before}${name}.`)])
