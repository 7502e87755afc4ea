import { either as E } from 'fp-ts'
import { decodeWith } from '../wire/chunk.ts'
import { submitted } from '../wire/results.ts'
import type { Link } from './link.ts'
import type { Capabilities } from './server.ts'
import type { Trainee } from './trainee.ts'

/**
 * Whether a server does a request once that comes twice under one number, tried by a step at rate 0 on a model that is thrown away. One
 * promise for both, or a 409, says so. What cannot be told is `anew`: then nothing is sent twice.
 */
export const probeReplays = async (link: Link, { id, number }: Trainee): Promise<Capabilities['replays']> => {
  const adam = { learning_rate: 0, beta1: 0.9, beta2: 0.95, eps: 1e-12, weight_decay: 0, grad_clip_norm: 0 }
  const body = { model_id: id, seq_id: number(), adam_params: adam, type: 'optim_step' }
  const [first, second] = [await link.send({ verb: 'optim_step', body }), await link.send({ verb: 'optim_step', body })]
  if (first.kind !== 'answer') return 'anew'
  if (second.kind === 'status') return second.status === 409 ? 'once' : 'anew'
  if (second.kind !== 'answer') return 'anew'
  const [one, other] = [first, second].map(({ json }) => decodeWith(submitted)(json))
  if (one === undefined || other === undefined || E.isLeft(one) || E.isLeft(other)) return 'anew'
  return one.right.request_id === other.right.request_id ? 'once' : 'anew'
}
