import type { Flags } from '../flags.ts'

/** Where a command reads and writes; a test gives its own. */
export interface Terminal {
  readonly out: (line: string) => void
  readonly err: (line: string) => void
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
}

/** A command of the command line. Resolves to its exit code. */
export interface Command {
  readonly name: string
  readonly does: string
  readonly positionals: readonly string[]
  readonly flags: Flags
  readonly run: (args: readonly string[], terminal: Terminal) => Promise<number>
}
