import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/**
 * Path of a compiled file that lies beside the module of that address: what another process of Node can run. A module that runs as it was
 * written, as in tests, has it where the compiler writes.
 */
export const compiledFile = (module: string, name: string): string => {
  const near = new URL(name, module)
  return fileURLToPath(existsSync(near) ? near : near.href.replace('/src/', '/dist/'))
}
