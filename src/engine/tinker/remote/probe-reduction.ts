import { either as E } from 'fp-ts'
import { fault } from '../../../flow/index.ts'
import type { EngineFault } from '../../engine.ts'
import { optimResult } from '../wire/results.ts'
import type { Connection } from './connection.ts'
import { normIn } from './grad-norm.ts'
import type { Reduction } from './options.ts'
import { sendPass } from './scoring.ts'

/** Any text does: two tokens that every vocabulary has. */
const groups = [{ prompt: { ids: Int32Array.of(1, 2), media: [] }, completions: [Int32Array.of(3, 4)] }]

/** How much larger weights are tried, and how far off the ratio may be: some servers train with dropout, no two passes alike. */
const [times, slack] = [16, 2]

/** The norm of the gradient of a cross-entropy with this weight on every token. A step at rate 0 changes no weight. */
const normAt = async (at: Connection, weight: number): Promise<E.Either<EngineFault, number>> => {
  const sent = await sendPass(at, groups, (_, { length }) => ({ weights: new Float64Array(length).fill(weight) }), {
    verb: 'forward_backward',
    loss: 'cross_entropy',
  })
  if (E.isLeft(sent)) return sent
  const passed = await sent.right.result()
  if (E.isLeft(passed)) return passed
  const adam = { learning_rate: 0, beta1: 0.9, beta2: 0.95, eps: 1e-12, weight_decay: 0, grad_clip_norm: 0 }
  const asked = await at.trainee().ask('optim_step', { adam_params: adam, type: 'optim_step' }, optimResult)
  if (E.isLeft(asked)) return asked
  return E.map(normIn)(await asked.right.result())
}

/**
 * Finds out what a server makes of the losses of tokens, on a model that is thrown away after: larger weights give as much larger a gradient
 * where it sums, and the same where it divides by them. Left: `CannotDo` where it gives no norm of the gradient, or another ratio.
 */
export const probeReduction = async (at: Connection): Promise<E.Either<EngineFault, Reduction>> => {
  const once = await normAt(at, 1)
  if (E.isLeft(once)) return once
  const more = await normAt(at, times)
  if (E.isLeft(more)) return more
  const ratio = more.right / once.right
  if (ratio > times / slack && ratio < times * slack) return E.right('sum')
  if (ratio > 1 / slack && ratio < slack) return E.right('seq-mean')
  return E.left(
    fault(
      'CannotDo',
      `${at.link.address} does not show what it makes of the losses of tokens: ${times} times the weights give ${ratio} times the gradient`,
      'Give reduction: sum or seq-mean, as its documentation says.',
    ),
  )
}
