import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { selectBackend, tinyPolicy } from 'kinograd/engine/tfjs'
import { type Serving, servedCheckpoint, serveTinker } from 'kinograd/engine/tinker'
import { right } from './either.ts'

/** A tiny checkpoint in a folder of its own. */
export const tinyFolder = async (): Promise<string> => {
  right(await selectBackend({ backend: 'wasm' })())
  const folder = await mkdtemp(join(tmpdir(), 'tinker-'))
  const policy = tinyPolicy({ seed: 3, width: 64, layers: 1 })
  right(await policy.write(folder)())
  policy.engine.dispose()
  return folder
}

/** Serves a checkpoint; `close` frees it. */
export const served = async (folder: string): Promise<Serving> => {
  const policy = right(await servedCheckpoint(folder, { name: 'tiny', backend: 'wasm' })())
  const serving = right(await serveTinker({ policy, directory: join(folder, 'served'), port: 0, pollSeconds: 1 })())
  return {
    ...serving,
    close: async () => {
      await serving.close()
      policy.dispose()
    },
  }
}
