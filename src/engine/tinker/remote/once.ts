import { either as E } from 'fp-ts'

/** Does something once: what succeeded is not done again, what failed is. Calls that come while it is done wait for it. */
export const onceOf = <L, A extends unknown[]>(
  work: (...given: A) => Promise<E.Either<L, void>>,
): ((...given: A) => Promise<E.Either<L, void>>) => {
  let done: Promise<E.Either<L, void>> | undefined
  return async (...given) => {
    done ??= work(...given)
    const result = await done
    if (E.isLeft(result)) done = undefined
    return result
  }
}
