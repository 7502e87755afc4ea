import { taskEither as TE } from 'fp-ts'
import type { EngineFault } from './engine/index.ts'
import type { Policy, PolicyOptions } from './engine/tfjs/load-policy.ts'

/**
 * `loadPolicy` of `kinograd/engine/tfjs`, which says what it does and has an example. From here TensorFlow.js is loaded when it is
 * called: importing `kinograd` stays light, and its types do not name TensorFlow's.
 */
export const loadPolicy = (folder: string, options: PolicyOptions = {}): TE.TaskEither<EngineFault, Policy> =>
  TE.flatMap((engine: typeof import('./engine/tfjs/index.ts')) => engine.loadPolicy(folder, options))(
    TE.fromTask(() => import('./engine/tfjs/index.ts')),
  )

export type { Policy, PolicyOptions }
