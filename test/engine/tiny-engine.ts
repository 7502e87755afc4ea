import * as tf from '@tensorflow/tfjs-core'
import type { Objective } from 'kinograd/advantage'
import type { Engine, Prompt, Sampling, TrainGroup } from 'kinograd/engine'
import { initialise, type Optimiser, type TfjsEngineOptions, tfjsEngine } from 'kinograd/engine/tfjs'
import type { Patches } from 'kinograd/media'
import { uniformStream } from '../../src/engine/tfjs/tensors/random.ts'
import { right } from './golden.ts'
import { tinyConfig } from './tiny-config.ts'

const { tokens, vision } = tinyConfig
const row = vision.inChannels * vision.temporalPatchSize * vision.patchSize ** 2

/** A clip or image of noise. */
export const noise = (
  seed: number,
  grid: Patches['grid'] = [2, 4, 4],
  kind: Patches['kind'] = 'video',
  secondsPerGrid = 1,
): Patches => {
  const next = uniformStream(seed, 77)
  return {
    values: Float32Array.from({ length: grid[0] * grid[1] * grid[2] * row }, () => 2 * next() - 1),
    grid,
    secondsPerGrid,
    kind,
  }
}

/** The media, each between its marks, then some text. */
export const promptOf = (media: readonly Patches[], text: readonly number[] = [5, 6, 7]): Prompt => ({
  media,
  ids: Int32Array.from([
    9,
    ...media.flatMap(({ grid: [t, h, w], kind }) => [
      tokens.visionStart,
      ...Array<number>((t * h * w) / 4).fill(tokens[kind]),
      tokens.visionEnd,
    ]),
    ...text,
  ]),
})

/** Tokens of text, from a seed. */
export const words = (seed: number, length: number): Int32Array => {
  const next = uniformStream(seed, 78)
  return Int32Array.from({ length }, () => 3 + Math.floor(50 * next()))
}

/** A loss that weighs every token of every sequence by its own number. */
export const weighted =
  (seed = 1, first = 0): Objective =>
  logprobs => {
    const gradient = logprobs.map((part, s) => {
      const next = uniformStream(seed, first + s)
      return part.map(() => next() - 0.3)
    })
    const loss = logprobs.reduce((sum, part, s) => part.reduce((n, lp, t) => n + lp * (gradient[s]?.[t] ?? 0), sum), 0)
    return { loss, gradient, metrics: { sequences: logprobs.length } }
  }

/** Plain gradient descent. */
export const descent: Optimiser = {
  init: () => ({ step: 0, slots: {} }),
  update: (gradient, state, _, rate) => ({ update: tf.tidy(() => tf.mul(gradient, -rate) as tf.Tensor1D), state }),
}

export const tinyEngine = (options: Partial<TfjsEngineOptions> & { readonly seed?: number } = {}): Engine =>
  tfjsEngine({
    config: tinyConfig,
    parameters: initialise(tinyConfig, options.seed ?? 3),
    optimiser: descent,
    ...options,
  })

/** An engine that never moves, and the gradient that its optimiser is given. */
export const gradientEngine = (options: Partial<TfjsEngineOptions> = {}) => {
  let caught = new Float32Array()
  const optimiser: Optimiser = {
    init: () => ({ step: 0, slots: {} }),
    update: (gradient, state) => {
      caught = Float32Array.from(gradient.dataSync())
      return { update: tf.zerosLike(gradient), state }
    },
  }
  const engine = tinyEngine({ ...options, optimiser })
  const caughtGradient = async (): Promise<Float32Array> => {
    right(await engine.optimStep(0)())
    return caught
  }
  return {
    engine,
    caughtGradient,
    gradient: async (groups: readonly TrainGroup[], objective: Objective): Promise<Float32Array> => {
      right(await engine.forwardBackward(groups, objective)())
      return caughtGradient()
    },
  }
}

/** ‖a − b‖ / ‖b‖. */
export const apart = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY
  let [difference, size] = [0, 0]
  for (let i = 0; i < b.length; i++) {
    difference += ((a[i] as number) - (b[i] as number)) ** 2
    size += (b[i] as number) ** 2
  }
  return Math.sqrt(difference / size)
}

export const sampling = (given: Partial<Sampling> = {}): Sampling => ({
  count: 3,
  maxTokens: 8,
  temperature: 1,
  stop: [],
  seed: 11,
  ...given,
})

/** Log-probabilities of a completion: what an engine's weights can be told apart by. */
export const fingerprint = async (engine: Engine): Promise<readonly number[]> => {
  const [logprobs] = right(await engine.logprobs([{ prompt: promptOf([noise(1)]), completions: [words(5, 9)] }])())
  return [...(logprobs ?? [])]
}
