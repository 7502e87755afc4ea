import { attachPlan, describe } from './plan.ts'
import type { Stage, Taking } from './stage.ts'

/**
 * Composes stages under a name, so that `describe` can show what is inside. Nothing else: where no description is
 * wanted, RxJS's `pipe` serves. Kept in a constant it demands of an item what its first stage reads, and keeps all other
 * fields. A stage in the wrong place does not compile: the message names the missing field and the stage that adds it.
 */
export function pipeline<A, B>(name: string, ab: Taking<A, B>): Stage<A, B>
export function pipeline<A, B, C>(name: string, ab: Taking<A, B>, bc: Taking<B, C>): Stage<A, C>
export function pipeline<A, B, C, D>(name: string, ab: Taking<A, B>, bc: Taking<B, C>, cd: Taking<C, D>): Stage<A, D>
export function pipeline<A, B, C, D, E>(
  name: string,
  ab: Taking<A, B>,
  bc: Taking<B, C>,
  cd: Taking<C, D>,
  de: Taking<D, E>,
): Stage<A, E>
export function pipeline<A, B, C, D, E, F>(
  name: string,
  ab: Taking<A, B>,
  bc: Taking<B, C>,
  cd: Taking<C, D>,
  de: Taking<D, E>,
  ef: Taking<E, F>,
): Stage<A, F>
export function pipeline<A, B, C, D, E, F, G>(
  name: string,
  ab: Taking<A, B>,
  bc: Taking<B, C>,
  cd: Taking<C, D>,
  de: Taking<D, E>,
  ef: Taking<E, F>,
  fg: Taking<F, G>,
): Stage<A, G>
export function pipeline<A, B, C, D, E, F, G, H>(
  name: string,
  ab: Taking<A, B>,
  bc: Taking<B, C>,
  cd: Taking<C, D>,
  de: Taking<D, E>,
  ef: Taking<E, F>,
  fg: Taking<F, G>,
  gh: Taking<G, H>,
): Stage<A, H>
export function pipeline<A, B, C, D, E, F, G, H, I>(
  name: string,
  ab: Taking<A, B>,
  bc: Taking<B, C>,
  cd: Taking<C, D>,
  de: Taking<D, E>,
  ef: Taking<E, F>,
  fg: Taking<F, G>,
  gh: Taking<G, H>,
  hi: Taking<H, I>,
): Stage<A, I>
export function pipeline<A, B, C, D, E, F, G, H, I, J>(
  name: string,
  ab: Taking<A, B>,
  bc: Taking<B, C>,
  cd: Taking<C, D>,
  de: Taking<D, E>,
  ef: Taking<E, F>,
  fg: Taking<F, G>,
  gh: Taking<G, H>,
  hi: Taking<H, I>,
  ij: Taking<I, J>,
): Stage<A, J>
export function pipeline<A, B, C, D, E, F, G, H, I, J, K>(
  name: string,
  ab: Taking<A, B>,
  bc: Taking<B, C>,
  cd: Taking<C, D>,
  de: Taking<D, E>,
  ef: Taking<E, F>,
  fg: Taking<F, G>,
  gh: Taking<G, H>,
  hi: Taking<H, I>,
  ij: Taking<I, J>,
  jk: Taking<J, K>,
): Stage<A, K>
export function pipeline<A, B, C, D, E, F, G, H, I, J, K, L>(
  name: string,
  ab: Taking<A, B>,
  bc: Taking<B, C>,
  cd: Taking<C, D>,
  de: Taking<D, E>,
  ef: Taking<E, F>,
  fg: Taking<F, G>,
  gh: Taking<G, H>,
  hi: Taking<H, I>,
  ij: Taking<I, J>,
  jk: Taking<J, K>,
  kl: Taking<K, L>,
): Stage<A, L>
export function pipeline<A, B, C, D, E, F, G, H, I, J, K, L, M>(
  name: string,
  ab: Taking<A, B>,
  bc: Taking<B, C>,
  cd: Taking<C, D>,
  de: Taking<D, E>,
  ef: Taking<E, F>,
  fg: Taking<F, G>,
  gh: Taking<G, H>,
  hi: Taking<H, I>,
  ij: Taking<I, J>,
  jk: Taking<J, K>,
  kl: Taking<K, L>,
  lm: Taking<L, M>,
): Stage<A, M>
export function pipeline(name: string, ...stages: readonly Stage<unknown, unknown>[]): Stage<unknown, unknown> {
  return attachPlan({ kind: 'pipeline', name, parts: stages.map(describe) }, source =>
    stages.reduce((flowing, stage) => stage(flowing), source),
  )
}
