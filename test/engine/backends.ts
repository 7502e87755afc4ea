import { either as E } from 'fp-ts'
import { type BackendChoice, selectBackend } from 'kinograd/engine/tfjs'

/** The backends that the engine's tests run on: WebAssembly always, a native one where this machine has it. */
export const backends: readonly BackendChoice[] = E.isRight(await selectBackend({ backend: 'native' })())
  ? ['wasm', 'native']
  : ['wasm']

/** Makes a backend tfjs's own. */
export const use = async (backend: BackendChoice): Promise<void> => {
  const selected = await selectBackend({ backend })()
  if (E.isLeft(selected)) throw new Error(selected.left.cause)
}
