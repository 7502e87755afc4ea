import { either as E } from 'fp-ts'
import { fault } from '../../flow/index.ts'
import type { Completion, Engine, EngineFault, Prompt } from '../engine.ts'

/** A completion with its prompt: what two engines are compared on. */
interface Sampled {
  readonly prompt: Prompt
  readonly completion: Completion
}

/** The shortest completion that has a token: it says enough, and costs least. */
export const shortest = (
  prompts: readonly Prompt[],
  groups: readonly (readonly Completion[])[],
): Sampled | undefined => {
  const all = groups.flatMap((group, p) => group.map(completion => ({ prompt: prompts[p]!, completion })))
  const some = all.filter(({ completion }) => completion.ids.length > 0)
  return some.reduce<Sampled | undefined>(
    (best, one) => (best === undefined || one.completion.ids.length < best.completion.ids.length ? one : best),
    undefined,
  )
}

/**
 * Whether the sampler's log-probabilities are those of the policy that trains, on one completion. It is what tells old weights, another
 * base model and other positions of a clip, whatever the server says of itself. Left: `BadAnswer`, and the trainer's faults.
 */
export const checkAgreement = async (
  trainer: Engine,
  address: string,
  { prompt, completion }: Sampled,
  within: number,
  signal?: AbortSignal,
): Promise<E.Either<EngineFault, void>> => {
  const known = await trainer.logprobs([{ prompt, completions: [completion.ids] }], signal)()
  if (E.isLeft(known)) return known
  const own = known.right[0] ?? new Float64Array()
  const apart = own.reduce((sum, value, i) => sum + Math.abs(value - completion.logprobs[i]!), 0) / own.length
  return apart <= within
    ? E.right(undefined)
    : E.left(
        fault(
          'BadAnswer',
          `${address} gives ${own.length} tokens log-probabilities that are ${apart.toFixed(3)} from those of the policy that trains on average, more than ${within}: it samples old weights, another base model, or a clip at other positions`,
          'Serve the checkpoint that training began with; look whether the adapter folder that vLLM reads is the one that is written here.',
        ),
      )
}
