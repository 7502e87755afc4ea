import { either as E } from 'fp-ts'
import { cut, visible } from '../../../untrusted/index.ts'

/** Why a request is not taken. */
export interface Refusal {
  readonly status: 400 | 401 | 403 | 404 | 405 | 409 | 410 | 413 | 415 | 429 | 500
  readonly detail: string
}

/** A refusal; what others wrote into it is shortened and made visible. */
export const refuse = (status: Refusal['status'], detail: string): E.Either<Refusal, never> =>
  E.left({ status, detail: visible(cut(detail, 500)) })
