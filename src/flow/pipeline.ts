import { attachPlan, describe } from './plan.ts'
import type { Stage } from './stage.ts'

/**
 * Composes stages under a name, so that `describe` can show what is inside. Nothing else: where no description is
 * wanted, RxJS's `pipe` serves.
 */
export function pipeline<A, B>(name: string, ab: Stage<A, B>): Stage<A, B>
export function pipeline<A, B, C>(name: string, ab: Stage<A, B>, bc: Stage<B, C>): Stage<A, C>
export function pipeline<A, B, C, D>(name: string, ab: Stage<A, B>, bc: Stage<B, C>, cd: Stage<C, D>): Stage<A, D>
export function pipeline<A, B, C, D, E>(
  name: string,
  ab: Stage<A, B>,
  bc: Stage<B, C>,
  cd: Stage<C, D>,
  de: Stage<D, E>,
): Stage<A, E>
export function pipeline<A, B, C, D, E, F>(
  name: string,
  ab: Stage<A, B>,
  bc: Stage<B, C>,
  cd: Stage<C, D>,
  de: Stage<D, E>,
  ef: Stage<E, F>,
): Stage<A, F>
export function pipeline<A, B, C, D, E, F, G>(
  name: string,
  ab: Stage<A, B>,
  bc: Stage<B, C>,
  cd: Stage<C, D>,
  de: Stage<D, E>,
  ef: Stage<E, F>,
  fg: Stage<F, G>,
): Stage<A, G>
export function pipeline<A, B, C, D, E, F, G, H>(
  name: string,
  ab: Stage<A, B>,
  bc: Stage<B, C>,
  cd: Stage<C, D>,
  de: Stage<D, E>,
  ef: Stage<E, F>,
  fg: Stage<F, G>,
  gh: Stage<G, H>,
): Stage<A, H>
export function pipeline<A, B, C, D, E, F, G, H, I>(
  name: string,
  ab: Stage<A, B>,
  bc: Stage<B, C>,
  cd: Stage<C, D>,
  de: Stage<D, E>,
  ef: Stage<E, F>,
  fg: Stage<F, G>,
  gh: Stage<G, H>,
  hi: Stage<H, I>,
): Stage<A, I>
export function pipeline(name: string, ...stages: readonly Stage<unknown, unknown>[]): Stage<unknown, unknown> {
  return attachPlan({ kind: 'pipeline', name, parts: stages.map(describe) }, source =>
    stages.reduce((flowing, stage) => stage(flowing), source),
  )
}
