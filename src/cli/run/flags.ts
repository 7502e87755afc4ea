import type { Flags } from '../../run/index.ts'

/** The flags of `kinograd run`. */
export const runFlags = {
  out: { kind: 'text', value: 'DIR', help: 'folder of the run (runs/ and its name)' },
  set: { kind: 'list', value: 'a.b=c', help: 'a setting in place of the one in the file; may be given several times' },
  'dry-run': { kind: 'switch', help: 'says what would be done, how long it takes and what it costs; does nothing' },
  resume: { kind: 'switch', help: 'continues a run that was stopped, from its newest savepoint' },
} as const satisfies Flags
