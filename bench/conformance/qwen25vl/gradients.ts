import * as tf from '@tensorflow/tfjs-core'
import type { Objective } from 'kinograd/advantage'
import { policyLoss, sftLoss } from 'kinograd/advantage'
import type { Engine } from 'kinograd/engine'
import { type Adapter, initialise, type Optimiser, tfjsEngine } from 'kinograd/engine/tfjs'
import { type Golden, type Numbers, orThrow } from './golden.ts'

/** An optimiser that moves nothing and hands on the gradient that it is given. */
export const catching = (take: (gradient: Numbers) => void): Optimiser => ({
  init: () => ({ step: 0, slots: {} }),
  update: (gradient, state) => {
    take(gradient.dataSync())
    return { update: tf.zerosLike(gradient), state }
  },
})

export interface Caught {
  readonly engine: Engine
  /** Loss, and gradient by parameter, of an objective on the case's completion. */
  readonly gradient: (objective: Objective) => Promise<{ loss: number; byName: ReadonlyMap<string, Numbers> }>
}

/** An engine with the case's weights, loaded as a user loads them, and its gradients by parameter or by matrix of the adapter. */
export const catchingEngine = async (
  { config, layout, directory, prompt, completion }: Golden,
  adapter?: Adapter,
): Promise<Caught> => {
  let caught: Numbers = []
  const parameters = initialise(config, 0)
  const places = new Map<string, readonly [number, number]>()
  let at = 0
  for (const [name, { size }] of adapter?.matrices ?? parameters) {
    places.set(name, [at, at + size])
    at += size
  }
  const optimiser = catching(gradient => {
    caught = gradient
  })
  const engine = tfjsEngine({ config, parameters, optimiser, layout, ...(adapter === undefined ? {} : { adapter }) })
  orThrow(await engine.load(directory, { weightsOnly: true })())
  return {
    engine,
    gradient: async objective => {
      const { loss } = orThrow(await engine.forwardBackward([{ prompt, completions: [completion] }], objective)())
      orThrow(await engine.optimStep(0)())
      const flat = Float32Array.from(caught)
      return { loss, byName: new Map([...places].map(([name, [from, to]]) => [name, flat.subarray(from, to)])) }
    },
  }
}

/** The objectives of a case, as this library's own losses. */
export const objectives = ({ numbers, clip, beta }: Golden): Readonly<Record<'sft' | 'policy', Objective>> => {
  const row = (name: string) => [Float64Array.from(numbers(name))]
  return {
    sft: sftLoss(),
    policy: policyLoss({ beta, epsilonLow: 1 - clip[0], epsilonHigh: clip[1] - 1 })({
      advantages: row('advantages'),
      oldLogprobs: row('old_logprobs'),
      refLogprobs: row('ref_logprobs'),
    }),
  }
}

/** The family of a parameter: what the figures are printed by. */
export const familyOf = (name: string): string => {
  const [, module, matrix] = name.match(/(\w+)\.lora_([AB])\.weight$/) ?? []
  if (module !== undefined) return `${module} ${matrix}`
  if (name.startsWith('visual.patch_embed')) return 'patch embedding'
  if (name.startsWith('visual.merger')) return 'merger'
  const room = name.startsWith('visual.') ? 'tower' : 'decoder'
  if (name.includes('norm')) return `${room} norms`
  if (name.includes('attn')) return `${room} attention`
  if (name.includes('mlp')) return `${room} MLP`
  return name.startsWith('lm_head') ? 'head' : 'embedding'
}
