import { either as E } from 'fp-ts'
import type { Engine } from 'kinograd/engine'
import { loadPolicy } from 'kinograd/engine/tfjs'
import { must } from '../must.ts'
import { type Ground, shape } from './ground.ts'

/** An engine that takes part. */
export interface Contender {
  readonly name: string
  /** What is known of it, in a few words. */
  readonly about: string
  /** Seconds until it was well. */
  readonly seconds: number
  /** An engine of the checkpoint as it was given, its optimiser fresh. */
  readonly fresh: () => Promise<Engine>
  readonly close: () => Promise<void>
}

/** Left: which step failed. */
export type Opening = Promise<E.Either<string, Contender>>

/** Settings of AdamW for all: SkyRL's JAX backend clips no gradient. */
export const adam = { beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0 }

export const inProcess = async ({ own, ownAdapter }: Ground): Opening => {
  const began = performance.now()
  let before: Engine | undefined
  const fresh = async (): Promise<Engine> => {
    before?.dispose()
    const optimiser = { ...adam, clip: Number.POSITIVE_INFINITY }
    const { engine } = must(await loadPolicy(own, { backend: 'wasm', optimiser, adapter: shape })())
    before = engine
    must(await engine.load(ownAdapter, { weightsOnly: true })())
    return engine
  }
  await fresh()
  const seconds = (performance.now() - began) / 1000
  return E.right({ name: 'in process', about: 'WebAssembly', seconds, fresh, close: async () => before?.dispose() })
}
