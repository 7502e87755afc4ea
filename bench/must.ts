import { either as E } from 'fp-ts'
import type { Fault } from 'kinograd/flow'

/** What came out well; a bench ends at what did not, and says why. */
export const must = <A>(given: E.Either<Fault, A>): A => {
  if (E.isRight(given)) return given.right
  throw new Error(`${given.left._tag}: ${given.left.cause}. ${given.left.remedy}`)
}
