import { relative, resolve } from 'node:path'
import { either as E } from 'fp-ts'
import { type Command, failed, parseFlags } from '../../run/index.ts'
import { headings } from '../headings.ts'
import { runFlags } from './flags.ts'

/** `kinograd run CONFIG.yaml`. What it does is loaded when it is asked for: tensors and decoders take a moment. */
export const runCommand: Command = {
  ...headings.run,
  flags: runFlags,
  run: async (args, terminal) => {
    const parsed = parseFlags(runFlags, headings.run.positionals, args)
    if (E.isLeft(parsed)) return failed(parsed.left, terminal)
    const {
      flags,
      positionals: [path = ''],
    } = parsed.right
    const { configured, dryRun, performed } = await import('./perform.ts')
    const config = await configured(path, flags.set, terminal)()
    const { told } = await import('./told.ts')
    if (E.isLeft(config)) return told(config.left, terminal)
    const directory = flags.out === undefined ? config.right.directory : resolve(terminal.cwd, flags.out)
    const shown = relative(terminal.cwd, directory) || '.'
    if (flags['dry-run']) return dryRun(config.right, shown, terminal)
    const again = ['npx kinograd run', ...args.filter(arg => arg !== '--resume'), '--resume'].join(' ')
    return performed(config.right, { directory, shown, resume: flags.resume, again }, terminal)
  },
}
