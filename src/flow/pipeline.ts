import { attachPlan, describe } from './plan.ts'
import type { Composed, Following, Stage, Taking } from './stage.ts'

/**
 * Composes stages under a name, so that `describe` can show what is inside. Nothing else: where no description is wanted, RxJS's `pipe`
 * serves. Kept in a constant it demands of an item what its first stage reads, and keeps all other fields. A stage in the wrong place does
 * not compile: the message names the missing field and the stage that adds it. For more than twelve stages, put a pipeline in a pipeline.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import { items, iterate, pipeline, stage } from 'kinograd/flow'
 *
 * const item = ({ id }: { readonly id: number }) => `#${id}`
 * const square = stage.addingEither({ name: 'square', item }, ({ id }) => E.right({ square: id * id }))
 * const half = stage.addingEither({ name: 'half', item }, (a: { readonly id: number; readonly square: number }) =>
 *   E.right({ half: a.square / 2 }),
 * )
 * for await (const done of iterate(items([{ id: 4 }]).pipe(pipeline('both', square, half))))
 *   assert.deepEqual(done, E.right({ id: 4, square: 16, half: 8 }))
 * ```
 *
 * (One signature and not twelve, so that the compiler has one thing to say when a stage does not fit: a type that no stage gives is the one
 * before it.)
 */
export function pipeline<A, B, C = B, D = C, E = D, F = E, G = F, H = G, I = H, J = I, K = J, L = K, M = L>(
  name: string,
  ab: Taking<A, B>,
  bc?: Following<B, C>,
  cd?: Following<C, D>,
  de?: Following<D, E>,
  ef?: Following<E, F>,
  fg?: Following<F, G>,
  gh?: Following<G, H>,
  hi?: Following<H, I>,
  ij?: Following<I, J>,
  jk?: Following<J, K>,
  kl?: Following<K, L>,
  lm?: Following<L, M>,
): Composed<A, NoInfer<M>>
export function pipeline(name: string, ...given: readonly unknown[]): Stage<unknown, unknown> {
  const stages = given as readonly Stage<unknown, unknown>[]
  return attachPlan({ kind: 'pipeline', name, parts: stages.map(describe) }, source =>
    stages.reduce((flowing, stage) => stage(flowing), source),
  )
}
