import { taskEither as TE } from 'fp-ts'
import type { EngineFault } from './engine/index.ts'
import type { LoadedPolicy, PolicyOptions } from './engine/tfjs/load-policy.ts'

/**
 * `loadPolicy` of `kinograd/engine/tfjs`, which says what it does and shows a policy that loads. From here TensorFlow.js is loaded when it is
 * called: importing `kinograd` stays light, and its types do not name TensorFlow's.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import { loadPolicy } from 'kinograd'
 *
 * const policy = await loadPolicy('no such folder')()
 * assert(E.isLeft(policy))
 * assert.equal(policy.left._tag, 'BadCheckpoint')
 * ```
 */
export const loadPolicy = (folder: string, options: PolicyOptions = {}): TE.TaskEither<EngineFault, LoadedPolicy> =>
  TE.flatMap((engine: typeof import('./engine/tfjs/index.ts')) => engine.loadPolicy(folder, options))(
    TE.fromTask(() => import('./engine/tfjs/index.ts')),
  )

export type { LoadedPolicy, PolicyOptions }
