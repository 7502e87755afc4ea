import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { inject } from 'vitest'
import { pack } from '../../.ci/stranger.js'

interface Packed {
  readonly tarball: string
  readonly paths: readonly string[]
}

/**
 * The package as npm would publish it, packed once in a run of the tests: who asks first packs it, others wait for that, at most four
 * minutes. A pack that fails fails for all.
 */
export const packed = async (): Promise<Packed> => {
  const folder = join(inject('runFolder'), 'packed')
  const told = join(folder, 'packed.json')
  const isFirst = await mkdir(folder).then(
    () => true,
    () => false,
  )
  if (isFirst) {
    const made: unknown = (() => {
      try {
        return pack(folder)
      } catch (error) {
        return { failed: String(error) }
      }
    })()
    await writeFile(`${told}.part`, JSON.stringify(made))
    await rename(`${told}.part`, told)
  }
  for (let tries = 0; !existsSync(told) && tries < 2400; tries++) await setTimeout(100)
  const made: Packed & { readonly failed?: string } = JSON.parse(await readFile(told, 'utf8'))
  if (made.failed !== undefined) throw new Error(made.failed)
  return made
}
