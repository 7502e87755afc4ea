import { either as E } from 'fp-ts'
import type * as t from 'io-ts'
import { type Fault, fault } from '../../flow/index.ts'

const unsaid = fault(
  'Defect',
  'a process beside this one did not say what its task came to',
  'This is a fault of kinograd; please report it.',
)

/** What a process beside says that its task came to. */
export const answerOf =
  <A>(codec: t.Type<A, unknown, unknown>) =>
  (said: unknown): E.Either<Fault, A> =>
    E.mapLeft(() => unsaid)(codec.decode(said))
