import type { either as E } from 'fp-ts'
import { type Defect, defect, fault } from './fault.ts'

/** What kind of value it is, for a message: `undefined`, `a number`, `a Promise`. */
const kindOf = (value: unknown): string => {
  if (value === undefined || value === null) return String(value)
  if (typeof value !== 'object') return `a ${typeof value}`
  const name: unknown = value.constructor?.name
  return typeof name === 'string' && name !== 'Object' ? `a value of class ${name}` : 'a plain object'
}

/** The defect of a source that nobody knows how to read, such as the Observable of a library other than RxJS 5 to 8. */
export const notASource = (given: unknown): Defect =>
  defect(
    fault(
      'NotASource',
      `a source is ${kindOf(given)}, and an iterable, an async iterable or an Observable of rxjs 7 is needed`,
      "Put from(…) of rxjs around another library's Observable or a Promise; `npm ls rxjs` shows which versions are installed",
    ),
  )

/** Whether a value is an `Either` as fp-ts 2 makes it; any copy of fp-ts 2 will do. */
export const isEither = (given: unknown): given is E.Either<unknown, unknown> =>
  typeof given === 'object' &&
  given !== null &&
  '_tag' in given &&
  (given._tag === 'Right' ? 'right' in given : given._tag === 'Left' && 'left' in given)

/** The defect of an answer that is no `Either` of fp-ts 2, which would otherwise be taken for a `Right` of nothing. */
export const notAnEither = (given: unknown): Defect =>
  defect(
    fault(
      'NotAnEither',
      `an answer is ${kindOf(given)}, and an Either of fp-ts 2 is needed`,
      'Return E.right(…) or E.left(…) of fp-ts 2; `npm ls fp-ts` shows which versions are installed',
    ),
  )

/** The value itself where it is an `Either` of fp-ts 2; throws the defect `NotAnEither` otherwise. */
export const eitherOf = <L, R>(given: E.Either<L, R>): E.Either<L, R> => {
  if (isEither(given)) return given
  throw notAnEither(given)
}
