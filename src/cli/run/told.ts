import type { Fault } from '../../flow/index.ts'
import { isConfigFault } from '../../recipe/index.ts'
import { exitCodeOf, failed, oneLine, type Terminal } from '../../run/index.ts'

/** Says what ended a command, every mistake of a configuration in a line of its own; gives its exit code. */
export const told = (fault: Fault, terminal: Terminal): number => {
  if (!isConfigFault(fault)) return failed(fault, terminal)
  const { mistakes } = fault
  for (const mistake of mistakes) terminal.err(oneLine(mistake))
  terminal.err(
    `kinograd: ${mistakes.length === 1 ? 'one mistake' : `${mistakes.length} mistakes`} in the configuration; nothing was done.`,
  )
  return exitCodeOf(fault)
}
