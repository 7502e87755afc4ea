import { either as E } from 'fp-ts'
import type { Objective, ObjectiveValue } from '../../../advantage/index.ts'
import { fault } from '../../../flow/index.ts'
import type { EngineFault, StepReport, TrainGroup } from '../../engine.ts'
import type { Connection } from './connection.ts'
import { score, sendPass } from './scoring.ts'

/** Gradients that wait for the step, where a server makes a mean over all sequences since the last one. */
interface Waiting {
  readonly groups: readonly TrainGroup[]
  readonly logprobs: readonly Float64Array[]
  readonly gradient: readonly Float64Array[]
}

/** Sends gradients to a server. */
export interface Gradients {
  /** What a pass comes to; resolves when all of it that can be sent without knowing more was taken. */
  readonly add: (
    groups: readonly TrainGroup[],
    objective: Objective,
    signal?: AbortSignal,
  ) => Promise<E.Either<EngineFault, { readonly report: () => Promise<E.Either<EngineFault, StepReport>> }>>
  /** Sends what waits: before a step. */
  readonly flush: () => Promise<E.Either<EngineFault, void>>
  readonly clear: () => void
}

const notFinite = (loss: number): EngineFault =>
  fault(
    'NotFinite',
    `the loss is ${loss}`,
    'This batch was not added to the gradient. Look at its rewards and log-probabilities.',
  )

/** A value of which every number is one. */
const finite = (value: ObjectiveValue): E.Either<EngineFault, ObjectiveValue> =>
  Number.isFinite(value.loss) && value.gradient.every(row => row.every(Number.isFinite))
    ? E.right(value)
    : E.left(notFinite(value.loss))

/** An objective's value, or what it threw. */
const resultOf = (objective: Objective, logprobs: readonly Float64Array[]): E.Either<EngineFault, ObjectiveValue> =>
  E.flatMap(finite)(
    E.tryCatch(
      () => objective(logprobs),
      (error): EngineFault =>
        fault('Thrown', `the objective threw ${String(error)}`, 'Look at the loss and its batch.'),
    ),
  )

const unknownReduction: EngineFault = fault(
  'CannotDo',
  'it is not known whether the server sums the losses of tokens or takes means',
  'Give reduction, or probe it (probeReduction).',
)

/**
 * Any loss on any server: the gradient of the loss by each token's log-probability is computed here, and sent as weights of the
 * cross-entropy, whose gradient it then is. Where it does not depend on the log-probabilities (`linear`), that is one request; otherwise
 * `forward` comes first. Servers that take means get importance sampling at a ratio of 1, with advantages multiplied by what the
 * means divide by: by the tokens of the sequence and by all sequences up to the step, for which they wait.
 */
export const gradientsOf = (at: Connection): Gradients => {
  const waiting: Waiting[] = []
  const report = ({ loss, metrics }: ObjectiveValue): StepReport => ({ loss, metrics })
  const cross = (groups: readonly TrainGroup[], { gradient }: ObjectiveValue) =>
    sendPass(at, groups, s => ({ weights: gradient[s]!.map(slope => -slope) }), {
      verb: 'forward_backward',
      loss: 'cross_entropy',
    })
  const linear = async (groups: readonly TrainGroup[], objective: Objective) => {
    const guess = groups.flatMap(({ completions }) => completions.map(({ length }) => new Float64Array(length)))
    const value = resultOf(objective, guess)
    if (E.isLeft(value)) return value
    const sent = await cross(groups, value.right)
    return E.map(
      ({
        result,
      }: {
        readonly result: () => Promise<E.Either<EngineFault, { logprobs: readonly Float64Array[] }>>
      }) => ({
        report: async () =>
          E.map(report)(
            E.flatMap(({ logprobs }: { logprobs: readonly Float64Array[] }) => resultOf(objective, logprobs))(
              await result(),
            ),
          ),
      }),
    )(sent)
  }
  return {
    add: async (groups, objective, signal) => {
      const { reduction } = at.capabilities
      if (reduction === 'unknown') return E.left(unknownReduction)
      if (reduction === 'sum' && objective.linear === true) return linear(groups, objective)
      const forward = await score(at, groups, signal)
      if (E.isLeft(forward)) return forward
      const scored = await forward.right.result()
      if (E.isLeft(scored)) return scored
      const value = resultOf(objective, scored.right.logprobs)
      if (E.isLeft(value)) return value
      if (reduction === 'seq-mean') {
        waiting.push({ groups, logprobs: scored.right.logprobs, gradient: value.right.gradient })
        return E.right({ report: async () => E.right(report(value.right)) })
      }
      const sent = await cross(groups, value.right)
      if (E.isLeft(sent)) return sent
      return E.right({ report: async () => E.map(() => report(value.right))(await sent.right.result()) })
    },
    flush: async () => {
      const all = waiting.splice(0)
      if (all.length === 0) return E.right(undefined)
      const [logprobs, gradient] = [all.flatMap(one => one.logprobs), all.flatMap(one => one.gradient)]
      const sent = await sendPass(
        at,
        all.flatMap(({ groups }) => groups),
        (s, { length }) => ({
          weights: new Float64Array(length).fill(1),
          logprobs: logprobs[s]!,
          advantages: gradient[s]!.map(slope => -slope * length * gradient.length),
        }),
        { verb: 'forward_backward', loss: 'importance_sampling' },
      )
      if (E.isLeft(sent)) return sent
      return E.map(() => undefined)(await sent.right.result())
    },
    clear: () => {
      waiting.length = 0
    },
  }
}
