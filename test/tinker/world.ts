import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import { either as E, taskEither as TE } from 'fp-ts'
import type { Engine } from 'kinograd/engine'
import { selectBackend, tfjsEngine, tinyPolicy } from 'kinograd/engine/tfjs'
import { type Serving, servedCheckpoint, serveTinker } from 'kinograd/engine/tinker'

export const right = <A>(either: E.Either<unknown, A>): A => {
  if (E.isLeft(either)) throw new Error(JSON.stringify(either.left))
  return either.right
}

/** A tiny checkpoint in a folder of its own. */
export const tinyFolder = async (): Promise<string> => {
  right(await selectBackend({ backend: 'wasm' })())
  const folder = await mkdtemp(join(tmpdir(), 'tinker-'))
  const policy = tinyPolicy({ seed: 3, width: 64, layers: 1 })
  right(await policy.write(folder)())
  policy.engine.dispose()
  return folder
}
export const removeFolder = (folder: string): Promise<void> => rm(folder, { recursive: true, force: true })

/** Serves a checkpoint; `close` frees it. */
export const served = async (folder: string, port = 0): Promise<Serving> => {
  const policy = right(await servedCheckpoint(folder, { name: 'tiny', backend: 'wasm' })())
  const serving = right(await serveTinker({ policy, directory: join(folder, 'served'), port, pollSeconds: 1 })())
  return {
    ...serving,
    close: async () => {
      await serving.close()
      policy.dispose()
    },
  }
}
export { E, type Engine, TE, tf, tfjsEngine }
