import { paGrpo, policyLoss, rawRewards, tokenAdvantages } from 'kinograd/advantage'
import type { Engine, Prompt, TrainGroup } from 'kinograd/engine'
import { must } from '../must.ts'

/*
 * A task of text alone that a tiny random model learns in some updates: tokens of the first half ("perception") should be even, those
 * of the second ("reasoning") below 128. Each half has its own reward, and PA-GRPO compares it within that half.
 */

const length = 12
const half = length / 2
const completions = 16

export const prompts: readonly Prompt[] = [
  [72, 105, 33],
  [65, 66],
  [51, 43, 52, 61],
  [87, 104, 121, 63],
].map(ids => ({
  ids: Int32Array.from(ids),
  media: [],
}))

/** Of the tokens that a half might have: who ends early gets less. */
const share = (ids: Int32Array, good: (id: number) => boolean): number => ids.filter(good).length / half

const rewardsOf = (ids: Int32Array) => ({
  perception: share(ids.subarray(0, half), id => id % 2 === 0),
  reasoning: share(ids.subarray(half), id => id < 128),
})

/** Advantages of tokens, and the mean of both rewards together. */
const advantagesOf = (groups: readonly TrainGroup[]) => {
  const rewards = groups.map(group => group.completions.map(rewardsOf))
  const raw = rewards.map((group, p) =>
    must(
      rawRewards(`prompt ${p}`, {
        perception: group.map(({ perception }) => perception),
        reasoning: group.map(({ reasoning }) => reasoning),
      }),
    ),
  )
  const advantages = [...paGrpo()(raw)].flatMap((normalised, p) =>
    must(
      tokenAdvantages(
        normalised,
        groups[p]!.completions.map(ids =>
          Array.from(ids, (_, t) => (t < half ? ('perception' as const) : ('reasoning' as const))),
        ),
      ),
    ),
  )
  const all = rewards.flat().map(({ perception, reasoning }) => perception + reasoning)
  return { advantages, reward: all.reduce((sum, x) => sum + x, 0) / all.length }
}

/** The gradient of PA-GRPO on given completions, and one step along it. */
const learnFrom = async (engine: Engine, groups: readonly TrainGroup[], rate: number): Promise<number> => {
  const { advantages, reward } = advantagesOf(groups)
  const objective = policyLoss({ beta: 0 })({ advantages })
  const [passed, stepped] = await Promise.all([engine.forwardBackward(groups, objective)(), engine.optimStep(rate)()])
  must(passed)
  must(stepped)
  return reward
}

/** Sequences that are the same for every engine. */
export const fixed: readonly TrainGroup[] = prompts.map((prompt, p) => ({
  prompt,
  completions: Array.from({ length: completions }, (_, c) =>
    Int32Array.from({ length }, (_, t) => (29 * p + 37 * c + 53 * t + 7 * c * t) % 256),
  ),
}))

/** Log-probabilities of the fixed sequences, one after the other. */
export const scores = async (engine: Engine): Promise<Float64Array> =>
  Float64Array.from(must(await engine.logprobs(fixed)()).flatMap(row => [...row]))

/** How one update of PA-GRPO on the fixed sequences changes their log-probabilities. */
export const firstUpdate = async (engine: Engine, before: Float64Array): Promise<Float64Array> => {
  await learnFrom(engine, fixed, 1e-3)
  const after = await scores(engine)
  return after.map((x, i) => x - before[i]!)
}

const rate = 1e-2

/** Updates on what the engine samples itself: mean rewards, what was sampled, and seconds of each. */
export const learn = async (
  engine: Engine,
  { updates, stop, seed }: { readonly updates: number; readonly stop: number; readonly seed: number },
) => {
  const rewards: number[] = []
  const sampled: (readonly TrainGroup[])[] = []
  const seconds: number[] = []
  for (let u = 0; u < updates; u++) {
    const began = performance.now()
    const sampling = { count: completions, maxTokens: length, temperature: 1, stop: [stop], seed: 1000 * seed + u }
    const drawn = must(await engine.sample(prompts, sampling)())
    const groups = prompts.map((prompt, p) => ({ prompt, completions: drawn[p]!.map(({ ids }) => ids) }))
    rewards.push(await learnFrom(engine, groups, rate))
    sampled.push(groups)
    seconds.push((performance.now() - began) / 1000)
  }
  return { rewards, sampled, seconds }
}

/** How updates on sequences that another engine sampled change the log-probabilities of the fixed ones. */
export const follow = async (
  engine: Engine,
  sampled: readonly (readonly TrainGroup[])[],
  before: Float64Array,
): Promise<Float64Array> => {
  for (const groups of sampled) await learnFrom(engine, groups, rate)
  const after = await scores(engine)
  return after.map((x, i) => x - before[i]!)
}
