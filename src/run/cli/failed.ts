import type { Fault } from '../../flow/index.ts'
import { exitCodeOf } from '../exit.ts'
import { scrubber } from '../secrets.ts'
import { oneLine } from '../status.ts'
import type { Terminal } from './command.ts'

/** Says a fault and gives the exit code it ends a command with. */
export const failed = (fault: Fault, terminal: Terminal): number => {
  terminal.err(scrubber(terminal.env).text(oneLine(`kinograd: ${fault.cause}. ${fault.remedy}`)))
  return exitCodeOf(fault)
}
