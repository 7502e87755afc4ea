import { type Interruptible, interruptible, openStatus, type Status, type Terminal } from '../run/index.ts'

/** The command that goes on with what this one began: its words without those of how it began, and `--resume`. */
export const goingOn = (
  command: string,
  args: readonly string[],
  without: readonly string[] = ['--resume'],
): string => {
  const words = args.filter(word => !without.includes(word))
  const quoted = words.map(word => (/^[\w@%+=:,./#-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`))
  return ['kinograd', command, ...quoted, '--resume'].join(' ')
}

/** Ctrl-C of a command that asks others: what is under way is waited for. */
export const stoppable = (terminal: Terminal, again: string): Interruptible =>
  interruptible({
    resumeWith: again,
    say: () =>
      terminal.err(
        `Stopping: questions under way are waited for and kept. Go on with: ${again}  (Ctrl-C again leaves at once.)`,
      ),
  })

/** The status line of such a command: live on a terminal, a line a while elsewhere. */
export const statusOn = (terminal: Terminal): Status => {
  const tty = process.stderr.isTTY === true
  return openStatus({
    write: text => (tty ? process.stderr.write(text) : terminal.err(text.replace(/\n$/, ''))),
    tty,
    columns: process.stderr.columns ?? 80,
    env: terminal.env,
  })
}
