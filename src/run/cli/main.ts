import { either as E } from 'fp-ts'
import { fault, messageOf } from '../../flow/index.ts'
import { visible } from '../../untrusted/index.ts'
import { exitCodes, exitCodeTable } from '../exit.ts'
import { flagsHelp, suggestion } from '../flags.ts'
import { scrubber } from '../secrets.ts'
import type { Command, Terminal } from './command.ts'
import { doctorCommand } from './doctor.ts'
import { failed } from './failed.ts'
import { inspectCommand } from './inspect.ts'
import { enoughHeap } from './memory.ts'
import { nativeCommand } from './native.ts'
import { reportCommand } from './report.ts'
import { uiCommand } from './ui.ts'

const own: readonly Command[] = [doctorCommand, nativeCommand, reportCommand, inspectCommand, uiCommand]

const usageOf = ({ name, positionals }: Command): string => ['kinograd', name, ...positionals].join(' ')

const overallHelp = (commands: readonly Command[]): string => {
  const width = Math.max(...commands.map(command => usageOf(command).length))
  const lines = commands.map(command => `  ${usageOf(command).padEnd(width)}  ${command.does}`)
  return `Reinforcement fine-tuning of video-language models.\n\nCommands (each has --help):\n${lines.join('\n')}\n\nExit codes:\n${exitCodeTable()}`
}

const helpOf = (command: Command): string =>
  [
    `${usageOf(command)} ${Object.keys(command.flags).length === 0 ? '' : '[flags]'}`.trim(),
    `  ${command.does}`,
    ...(Object.keys(command.flags).length === 0 ? [] : ['', 'Flags:', flagsHelp(command.flags)]),
    '',
    'Exit codes:',
    exitCodeTable(),
  ].join('\n')

/** A terminal to which whatever is printed comes without secrets and without what it would obey. */
const guarded = (terminal: Terminal): Terminal => {
  const { text } = scrubber(terminal.env)
  const safe = (line: string): string => visible(text(line))
  return { ...terminal, out: line => terminal.out(safe(line)), err: line => terminal.err(safe(line)) }
}

/**
 * Runs the command line, with `more` commands of rooms that come after this one; resolves to the exit code. What a
 * command throws is a defect: it is said and ends with 1.
 */
export const main = async (
  args: readonly string[],
  given: Terminal,
  more: readonly Command[] = [],
): Promise<number> => {
  const terminal = guarded(given)
  const commands = [...own, ...more]
  const [name, ...rest] = args
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    terminal.out(overallHelp(commands))
    return name === undefined ? exitCodes.usage.code : exitCodes.done.code
  }
  const command = commands.find(one => one.name === name)
  if (command === undefined) {
    const remedy = suggestion(
      name,
      commands.map(one => one.name),
    )
    return failed(fault('Usage', `${name} is not a command`, remedy), terminal)
  }
  if (rest.includes('--help') || rest.includes('-h')) {
    terminal.out(helpOf(command))
    return exitCodes.done.code
  }
  // doctor has it among its findings.
  const heap = enoughHeap()
  if (E.isLeft(heap) && command !== doctorCommand) {
    failed(heap.left, terminal)
    return exitCodes.environment.code
  }
  try {
    return await command.run(rest, terminal)
  } catch (error) {
    const cause = messageOf(error)
    return failed(
      fault('Defect', `${name} broke: ${cause}`, 'This is a fault of kinograd; please report it.'),
      terminal,
    )
  }
}
