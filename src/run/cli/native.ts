import { either as E } from 'fp-ts'
import { exitCodes } from '../exit.ts'
import { parseFlags } from '../flags.ts'
import { interruptible } from '../interrupt.ts'
import type { Command } from './command.ts'
import { failed } from './failed.ts'

const flags = {}

/** `kinograd native`. */
export const nativeCommand: Command = {
  name: 'native',
  does: 'brings the native tensor backend, compiling it where no package has one',
  positionals: [],
  flags,
  run: async (args, terminal) => {
    const parsed = parseFlags(flags, [], args)
    if (E.isLeft(parsed)) return failed(parsed.left, terminal)
    const { installNative } = await import('../../engine/tfjs/index.ts')
    const { signal, dispose } = interruptible({ resumeWith: 'npm run native', say: terminal.err })
    const installed = await installNative({ signal, log: terminal.out, env: { ...terminal.env } })()
    dispose()
    if (E.isLeft(installed)) return failed(installed.left, terminal)
    const { where, tensorflow, seconds } = installed.right
    terminal.out(`Native backend: TensorFlow ${tensorflow} in ${where}${seconds === 0 ? ', there already' : ''}.`)
    return exitCodes.done.code
  },
}
