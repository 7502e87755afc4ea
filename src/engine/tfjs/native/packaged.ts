import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

const packages = ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'] as const
const apis = [8, 7, 6, 5, 4, 3]

/** Whether a package is installed with its binding; a sentence on why not. */
export const packageState = (name: string): 'ready' | string => {
  const require = createRequire(import.meta.url)
  try {
    const at = dirname(require.resolve(`${name}/package.json`))
    return apis.some(api => existsSync(join(at, `lib/napi-v${api}/tfjs_binding.node`)))
      ? 'ready'
      : 'installed without its binary (its install script could not fetch it or was not run)'
  } catch {
    return 'not installed'
  }
}

/** The npm packages that bring a native TensorFlow, best first. */
export const nativePackages: readonly string[] = packages

/** The first npm package that is installed with its binding. */
export const packagedBinding = (): string | undefined => packages.find(name => packageState(name) === 'ready')
