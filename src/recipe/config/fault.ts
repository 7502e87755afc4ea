import type { Fault } from '../../flow/index.ts'
import type { Mistakes } from './read.ts'

/** A configuration with mistakes: each is a line of its own. */
export interface ConfigFault extends Fault<'BadConfig'> {
  readonly mistakes: Mistakes
}

/** All mistakes of a configuration as one fault. */
export const configFault = (mistakes: Mistakes): ConfigFault => ({
  _tag: 'BadConfig',
  cause:
    mistakes.length === 1
      ? mistakes[0]
      : `the configuration has ${mistakes.length} mistakes, the first: ${mistakes[0]}`,
  remedy: 'Mend what is named; nothing was done.',
  mistakes,
})

/** Whether a fault is about a configuration. */
export const isConfigFault = (fault: Fault): fault is ConfigFault => fault._tag === 'BadConfig' && 'mistakes' in fault

/** Whether something is a fault and no list of mistakes. */
export const isFault = <M>(given: Fault | readonly M[]): given is Fault => !Array.isArray(given)
