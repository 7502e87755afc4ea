import { type Command, main } from 'kinograd/run'
import { vi } from 'vitest'
import type { Ended } from './command.ts'

/**
 * What `kinograd` with these commands comes to in this process, as src/cli/start.ts has it: for the many things that it refuses or
 * plans, of which a process of its own would spend a second of a processor on its start. Native backends are off, as there.
 */
export const kinogradHere =
  (...commands: readonly Command[]) =>
  async (args: readonly string[], cwd: string): Promise<Ended> => {
    const { PATH = '', HOME = '' } = process.env
    const said: Record<'out' | 'err', string> = { out: '', err: '' }
    const into = (stream: keyof typeof said) => (line: string) => {
      said[stream] += `${line}\n`
    }
    const env = { PATH, HOME, KINOGRAD_NATIVE: 'off' }
    vi.stubEnv('KINOGRAD_NATIVE', 'off')
    try {
      const code = await main(args, { out: into('out'), err: into('err'), env, cwd }, commands)
      return { code, ...said }
    } finally {
      vi.unstubAllEnvs()
    }
  }
